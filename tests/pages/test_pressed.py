"""A click outlives the run it asked for: another run may stop that one before the button."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from revital.ui import pressed

    held = st.session_state
    if held.pop("cut", False):
        # As when the browser asks for another run before this one has come to the button.
        st.stop()
    with st.form("form"):
        if pressed.submit("Send", key="send"):
            held["sent"] = held.get("sent", 0) + 1
    if pressed.button("Save", key="save"):
        held["saved"] = held.get("saved", 0) + 1
    st.text(f"{held.get('saved', 0)} {held.get('sent', 0)}")


def test_a_click_acts_once():
    at = AppTest.from_function(page).run()
    at.button(key="save").click().run()
    assert at.text[0].value == "1 0"
    at.run()
    assert at.text[0].value == "1 0"
    at.button(key="send").click().run()
    assert at.text[0].value == "1 1"


def test_a_click_whose_run_is_cut_short_acts_in_the_next():
    at = AppTest.from_function(page).run()
    at.session_state["cut"] = True
    at.button(key="save").click().run()
    assert not at.text
    at.run()
    assert at.text[0].value == "1 0"


def test_a_click_that_nobody_came_back_for_is_forgotten(monkeypatch):
    at = AppTest.from_function(page).run()
    at.session_state["cut"] = True
    at.button(key="save").click().run()
    at.session_state["rv_pressed_save"] -= 60
    at.run()
    assert at.text[0].value == "0 0"
