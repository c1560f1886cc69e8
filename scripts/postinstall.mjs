// placeholder until the install helper lands
