"""Outlines: lines around bodies, drawn as grown shapes behind them."""
