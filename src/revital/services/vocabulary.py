"""Codes of the services' layers in words: state and category of a place."""

from __future__ import annotations

from revital.i18n import Translator


def status_word(status: str, t: Translator) -> str:
    """Return the state of a place in words; empty where nothing is known."""
    return {
        "": "",
        "open": t("ouvert"),
        "listed": t("dans une liste"),
        "reported": t("rapporté ouvert"),
        "registered": t("au registre"),
        "seasonal": t("saisonnier"),
        "closed": t("fermé"),
        "announced": t("annoncé"),
        "to_verify": t("à vérifier"),
    }.get(status, status)


def category_word(category: str, t: Translator) -> str:
    """Return the category of a place in words."""
    return {
        "": "",
        "arena": t("aréna"),
        "adult": t("formation des adultes"),
        "bus_stop": t("arrêt d'autobus"),
        "chsld": t("CHSLD"),
        "clinic": t("clinique"),
        "clsc": t("CLSC"),
        "community_centre": t("centre communautaire"),
        "culture_centre": t("maison de la culture"),
        "food_aid": t("aide alimentaire"),
        "gmf": t("groupe de médecine de famille"),
        "grocery": t("épicerie"),
        "hospital": t("hôpital"),
        "library": t("bibliothèque"),
        "municipal_office": t("bureau municipal"),
        "other": t("autre lieu"),
        "park_pavilion": t("chalet de parc"),
        "pharmacy": t("pharmacie"),
        "pool": t("piscine"),
        "primary": t("école primaire"),
        "psychiatric_hospital": t("hôpital psychiatrique"),
        "public_market": t("marché public"),
        "rehabilitation": t("réadaptation"),
        "secondary": t("école secondaire"),
        "sports_centre": t("centre sportif"),
        "supermarket": t("supermarché"),
        "vocational": t("formation professionnelle"),
        "warehouse_club": t("club-entrepôt"),
        "wholesale": t("grossiste"),
        "youth": t("services à la jeunesse"),
    }.get(category, category)
