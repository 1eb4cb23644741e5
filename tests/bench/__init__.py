"""What one recorded event costs, as ratios to code written by hand: ``make bench``."""
