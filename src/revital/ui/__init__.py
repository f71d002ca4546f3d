"""The one part that knows Streamlit: page frame, state of the view, pieces drawn on every page."""
