// What the page says beyond the words of the desk.

import { translatable } from "./language.js";

export const WORDS = {
  title: translatable("City card check"),
  check: translatable("Check a card"),
  holder: translatable("What does my code say?"),
  holder_show: translatable("Show your own code to the camera, scan it, or open a picture of it."),
  secret: translatable("Whoever sees these bytes can copy the code: show them to nobody."),
  bytes: translatable("Bytes"),
  meaning: translatable("What they mean"),
  torch_on: translatable("Turn light on"),
  torch_off: translatable("Turn light off"),
  no_decoder: translatable("This browser cannot read codes in pictures here. A scanner that types works."),
  begins_anew: translatable("This device begins anew: it remembers no earlier trust file of the city."),
  not_kept: translatable("Nothing is kept here: each start begins with the trust file that is built into this page."),
  another: translatable("This page is not of the city that this device knows"),
  another_why: translatable(
    "Nothing is checked. If the city has sent you here, type its twelve words, from paper or by telephone, not from this page.",
  ),
  another_held: translatable("This device knows"),
  another_page: translatable("This page is of"),
  newer_page: translatable("A newer version of this page is there."),
  take_newer: translatable("Use it"),
};
