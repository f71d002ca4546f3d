"""A page with one of each widget, in the shell, so that Streamlit's own words can be listed."""

from datetime import date

import pandas as pd
import streamlit as st

from revital.i18n import translator
from revital.ui import shell

lang = st.query_params.get("lang", "fr")
st.set_page_config(page_title="essai", layout="wide")
st.html(f"<style>{shell.stylesheet()}</style>")
shell.mount(translator(lang), page="essai", title="essai", owner="essai")
st.html("<h1>Essai</h1>")
st.selectbox("Liste", ["aa", "bb"], index=None, key="liste")
st.multiselect("Liste multiple", ["aa", "bb"], default=["aa"], key="multiple")
st.number_input("Nombre", 0, 10, 3, key="nombre")
st.date_input("Jour", date(2026, 1, 5), key="jour")
st.text_input("Mot", max_chars=80, key="mot")
st.text_area("Note", key="draft_note")
st.file_uploader("Fichier", type=["csv"], key="fichier")
st.slider("Distance", 0, 10, 3, key="distance", help="aide")
st.toggle("Marche", key="marche")
st.dataframe(pd.DataFrame({"nom": ["xx", "yy"], "valeur": [1, 2]}), key="tableau")
st.plotly_chart(
    {"data": [{"x": [1, 2], "y": [3, 4]}], "layout": {}},
    key="dessin",
    config={"displaylogo": False},
)
st.code("code")
with st.expander("Suite"):
    st.write("xx")
with st.form("envoi"):
    st.text_input("Dans le formulaire", key="dans")
    st.form_submit_button("Envoyer")
if st.button("Fenêtre"):
    st.dialog("Titre")(lambda: st.write("xx"))()


def save() -> None:
    shell.forget_drafts("draft_note")
    st.session_state["saved"] = st.session_state.get("draft_note")


st.button("Enregistrer", on_click=save)
st.html(f"<p id='saved'>{st.session_state.get('saved')}</p>")
st.html(f"<p id='note'>{st.session_state.get('draft_note')}</p>")
