"""
The server: `streamlit run serve.py`, or `revital run`.

`app.py` is the app, and runs alone as well; here its documents speak the reader's language and its
files are sent compressed (`revital.ui.delivery`).
"""

from streamlit import App

from revital.ui.delivery import middleware
from revital.ui.server import take_options, warming

take_options()
app = App("app.py", middleware=middleware(), lifespan=warming)
