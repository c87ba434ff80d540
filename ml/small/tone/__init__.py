"""What is read off a mail besides its category: urgency, displeasure, threats, instructions aimed at a model."""
