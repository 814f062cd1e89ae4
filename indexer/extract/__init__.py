"""A web page as an item: what it declares of itself, its main text without menus and banners, its sections."""
