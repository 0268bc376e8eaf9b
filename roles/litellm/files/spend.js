// SPDX-License-Identifier: GPL-3.0-or-later
// Draws the charts of the page of what it cost, with Chart.js, of the figures in its element "figures".
"use strict";
(() => {
  const found = JSON.parse(document.getElementById("figures").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  // Told apart by those who see red and green as one, on either paper.
  const LIGHT = { ink: "#1b1f24", dim: "#5b6470", line: "#d5dae0", paper: "#ffffff",
    series: ["#0b6bb3", "#d1570f", "#0a8a64", "#8a5fc0", "#c2910a", "#c4527f", "#2fa3c7", "#8a929c", "#5b6470"] };
  const DARK = { ink: "#e6e9ed", dim: "#9aa4b0", line: "#343b44", paper: "#14171b",
    series: ["#5aaef0", "#f2924d", "#3fc79a", "#b796e8", "#e6bf4a", "#ee8fb4", "#6fd0ec", "#aab2bc", "#8a929c"] };
  const chosen = () => document.querySelector('input[name="way"]:checked').value;
  const dollars = (value) => "$" + value.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: value < 1 ? 4 : 2 });
  const charts = {};
  let printing = false;

  Chart.defaults.font.family = "system-ui, sans-serif";
  Chart.defaults.animation = false;
  Chart.defaults.maintainAspectRatio = false;

  const axis = (colors, more) => ({
    border: { color: colors.line }, grid: { color: colors.line },
    ...more, ticks: { color: colors.dim, ...more.ticks }, title: { color: colors.dim, ...more.title },
  });

  function overTime(colors, what, form, title) {
    return {
      type: "bar",
      data: {
        labels: found.days,
        datasets: found.series[chosen()].map((one, at) => ({
          label: one.name, data: one[what], backgroundColor: colors.series[at % colors.series.length],
          borderColor: colors.paper, borderWidth: { top: 1 }, maxBarThickness: 48,
        })),
      },
      options: {
        interaction: { mode: "index", intersect: false },
        scales: {
          x: axis(colors, { stacked: true, grid: { display: false }, ticks: { maxRotation: 0, autoSkipPadding: 12 } }),
          y: axis(colors, { stacked: true, beginAtZero: true, title: { display: true, text: title },
            ticks: { callback: form, ...(what === "requests" ? { precision: 0 } : {}) } }),
        },
        plugins: {
          legend: { position: "bottom", align: "start", labels: { color: colors.ink, boxWidth: 12, boxHeight: 12 } },
          tooltip: {
            filter: (item) => item.raw > 0, itemSort: (one, other) => other.raw - one.raw,
            callbacks: { label: (item) => ` ${item.dataset.label}: ${form(item.raw)}` },
          },
        },
      },
    };
  }

  function slowest(colors) {
    const bars = (label, name, at) => ({
      label, data: found.slowest.map((one) => one[name]), backgroundColor: colors.series[at], maxBarThickness: 14,
    });
    return {
      type: "bar",
      data: {
        labels: found.slowest.map((one) => one.name),
        datasets: [bars("median", "median_seconds", 0), bars("95 of 100 calls within", "p95_seconds", 1)],
      },
      options: {
        indexAxis: "y",
        scales: {
          x: axis(colors, { beginAtZero: true, title: { display: true, text: "seconds" } }),
          y: axis(colors, { grid: { display: false }, ticks: { color: colors.ink } }),
        },
        plugins: { legend: { position: "bottom", align: "start", labels: { color: colors.ink, boxWidth: 12, boxHeight: 12 } } },
      },
    };
  }

  function draw() {
    const colors = dark.matches && !printing ? DARK : LIGHT;
    const wanted = {
      spend: overTime(colors, "spend", dollars, "US dollars"),
      requests: overTime(colors, "requests", (value) => value.toLocaleString("en"), "requests"),
      slowest: slowest(colors),
    };
    for (const [name, one] of Object.entries(wanted)) {
      const canvas = document.getElementById(name);
      if (!canvas) continue;
      charts[name]?.destroy();
      // A page of A4 between its margins, which the browser's layout does not have yet when it says that it prints.
      canvas.parentElement.style.width = printing ? "690px" : "";
      charts[name] = new Chart(canvas, one);
    }
    for (const each of document.querySelectorAll(".way")) each.textContent = chosen();
    for (const each of document.querySelectorAll("details[data-way]")) each.hidden = each.dataset.way !== chosen();
  }

  for (const each of document.querySelectorAll("[data-drawn]")) each.hidden = false;
  for (const each of document.querySelectorAll('input[name="way"]')) each.addEventListener("change", draw);
  dark.addEventListener("change", draw);
  // Paper is white, and narrower than the window.
  window.addEventListener("beforeprint", () => { printing = true; draw(); });
  window.addEventListener("afterprint", () => { printing = false; draw(); });
  draw();
})();
