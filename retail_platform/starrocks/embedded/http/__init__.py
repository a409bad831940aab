"""Stream Load and health over HTTP: the frontend (FE) that redirects and the backend (BE) that loads."""
