"""Weather alerts and forecasts of the United States, from the National Weather Service."""
