#include "gradus/report/html_style.h"

namespace gradus::report {

namespace {

constexpr std::string_view kStyle = R"css(
:root{--ground:#fff;--ink:#1f2328;--muted:#59636e;--line:#d5dae0;--panel:#f5f7f9;--link:#0860a8;
--supported:#0072b2;--refuted:#b84a00;--open:#59636e;color-scheme:light}
@media screen and (prefers-color-scheme:dark){:root{--ground:#0d1117;--ink:#e6edf3;--muted:#9aa4af;--line:#2b333c;
--panel:#151b23;--link:#6cb6ff;--supported:#4aa8e0;--refuted:#ff8a3d;--open:#9aa4af;color-scheme:dark}}
*{box-sizing:border-box}
html{font:16px/1.55 system-ui,sans-serif;background:var(--ground);color:var(--ink);-webkit-text-size-adjust:100%}
body{margin:0}
main{max-width:1640px;margin:0 auto;padding:40px 32px 64px}
h1,h2,h3,h4{line-height:1.25;text-wrap:balance;margin:0}
h1{font-size:2rem;letter-spacing:-.01em}
h2{font-size:1.4rem;margin-top:56px}
h3{font-size:1.12rem;margin-top:36px}
h4{font-size:1rem;margin-top:24px}
p{margin:12px 0 0;max-width:72ch;overflow-wrap:anywhere}
.question{font-size:1.2rem;color:var(--muted)}
.lead{font-size:1.05rem}
a{color:var(--link);text-underline-offset:2px}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:2px}
nav ol{margin:12px 0 0;padding:0;list-style:none;columns:20em auto;max-width:72ch}
nav li{padding:2px 0;break-inside:avoid}
.tally{display:flex;flex-wrap:wrap;gap:4px 24px;margin:16px 0 0;padding:0;list-style:none}
.verdict{display:inline-flex;align-items:center;gap:7px;font-weight:600;white-space:nowrap}
.verdict svg{width:14px;height:14px;flex:none;fill:none;stroke:currentColor;stroke-width:2.5}
.verdict .full{fill:currentColor;stroke:none}
.supported{color:var(--supported)}.refuted{color:var(--refuted)}.open{color:var(--open)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;margin-top:16px;font-size:.92rem;line-height:1.45}
.verdicts{width:100%}
caption{text-align:left;color:var(--muted);padding-bottom:6px;min-width:min(24em,80vw)}
th,td{text-align:left;vertical-align:top;padding:8px 20px 8px 0;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
thead th{color:var(--muted);font-weight:600;border-bottom:1.5px solid var(--muted);vertical-align:bottom}
thead .num{white-space:normal}
tbody th{font-weight:400}
.num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.figure-text{font-variant-numeric:tabular-nums}
.claim{min-width:15em;overflow-wrap:anywhere}
.verdicts .claim{width:34%}
.name{display:block;color:var(--muted);font:.82rem/1.4 ui-monospace,monospace;overflow-wrap:anywhere}
.range{display:block;color:var(--muted);white-space:nowrap;font-weight:400}
.studies .note{display:block}
.note{color:var(--muted);min-width:9em;overflow-wrap:anywhere}
tr:target>*{background:var(--panel)}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,640px),1fr));gap:32px 24px;margin-top:20px}
figure{margin:0;min-width:0;border:1px solid var(--line);border-radius:8px;overflow:hidden}
figcaption{color:var(--muted);font-size:.92rem;max-width:76ch;padding:0 24px 18px}
figure svg{display:block;height:auto}
.wide svg{width:var(--w);max-width:100%;min-width:min(var(--w),540px)}
.narrow{display:none}
.narrow svg{width:var(--w);max-width:100%;min-width:calc(var(--w)*.85)}
dl{display:grid;grid-template-columns:fit-content(16em) minmax(0,1fr);gap:4px 24px;margin:14px 0 0;font-size:.95rem}
dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}
pre{margin:12px 0 0;padding:12px 16px;background:var(--panel);border:1px solid var(--line);border-radius:6px;
overflow-x:auto;font:.9rem/1.5 ui-monospace,monospace;user-select:all}
.runs{margin:12px 0 0;padding:0;list-style:none;columns:16em auto}
.runs li{break-inside:avoid;padding-left:1em;text-indent:-1em}
summary{cursor:pointer;margin-top:12px}
article{border-top:2px solid var(--line);margin-top:64px;padding-top:8px}
.back{font-size:.92rem}
@media screen and (max-width:720px){
main{padding:24px 18px 48px}
h1{font-size:1.6rem}h2{margin-top:44px}
.has-narrow>.wide{display:none}.has-narrow>.narrow{display:block}
figcaption{padding:0 16px 14px}
dl{grid-template-columns:1fr}dd{margin-bottom:8px}
}
@media screen and (max-width:980px){
.cards,.cards tbody,.cards tr,.cards th,.cards td{display:block}
.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.cards tr{border-bottom:1px solid var(--line);padding:12px 0}
.cards th,.cards td{border:0;padding:2px 0;min-width:0;text-align:left;white-space:normal}
.cards td[data-label]{display:inline-block;margin-right:20px}.cards .note{display:block}
.cards td[data-label]::before{content:attr(data-label) ": ";color:var(--muted)}
.cards .claim{width:auto}.cards .range{display:inline}.cards td:empty{display:none}
}
@media print{
@page{size:A4;margin:15mm 14mm}
html{font-size:10.5pt}main{padding:0;max-width:none}
h1{font-size:18pt}h2{font-size:13.5pt;margin-top:22pt}h1,h2,h3,h4{break-after:avoid}
.figures{display:block}figure{margin-top:12pt;border:0}figcaption{padding-bottom:0}
figure,tr,pre,dl{break-inside:avoid}
.scroll{overflow:visible}
.wide svg{min-width:0;max-height:112mm}
table{font-size:8pt}th,td{padding:4pt 8pt 4pt 0;min-width:0;overflow-wrap:break-word}
.verdicts .claim{min-width:0;width:32%}.figure-text{width:12%;overflow-wrap:anywhere}
table .note{min-width:0;width:18%;overflow-wrap:break-word}
nav,.back{display:none}
a{color:inherit;text-decoration:none}
article{break-before:page;border:0;margin:0}
}
)css";

}  // namespace

std::string_view html_style() {
  return kStyle;
}

}  // namespace gradus::report
