"use strict";
(function () {
  var root = document.documentElement;
  function press(name, value) {
    document.querySelectorAll("button[data-" + name + "]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-" + name) === value));
    });
  }
  function show(lang) {
    root.setAttribute("data-show", lang);
    root.lang = lang === "zh" ? "zh-Hans" : "en";
    press("lang", lang);
  }
  function paint(theme) {
    root.setAttribute("data-theme", theme);
    press("theme", theme);
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("button");
    if (!button) { return; }
    if (button.hasAttribute("data-lang")) { show(button.getAttribute("data-lang")); }
    if (button.hasAttribute("data-theme")) { paint(button.getAttribute("data-theme")); }
    if (button.hasAttribute("data-print")) { window.print(); }
  });
  function open() {
    var target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") { target.open = true; target.scrollIntoView(); }
  }
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (each) { each.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (each) { each.open = false; });
  });
  window.addEventListener("hashchange", open);
  root.classList.add("live");
  show(root.getAttribute("data-show") || "en");
  press("theme", window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  open();
})();
