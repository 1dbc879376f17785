/** Light and dark, no font and no file from anywhere. */
export const STYLE = `
:root{color-scheme:light dark;--back:#fff;--text:#1c2530;--dim:#5d6b7a;--line:#dde3ea;--load:#9db8d3;--ready:#0b6e4f;--want:#c77800;--bad:#c62d2d;--own:#eef6f2}
@media(prefers-color-scheme:dark){:root{--back:#12181f;--text:#e2e8ee;--dim:#93a1b0;--line:#2a343f;--load:#3f5a75;--ready:#4cc38a;--want:#f0b04c;--bad:#ff6b6b;--own:#16291f}}
body{background:var(--back);color:var(--text);font:15px/1.5 system-ui,sans-serif;margin:0}
main{max-width:1080px;margin:0 auto;padding:24px 16px 64px}
h1{font-size:26px;margin:0 0 8px}h2{font-size:19px;margin:36px 0 10px}small{color:var(--dim)}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px;font-variant-numeric:tabular-nums}
th,td{padding:3px 10px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th[scope=row],.text{text-align:left}thead th{color:var(--dim);font-weight:500}.text{color:var(--dim)}
tr.own{background:var(--own)}.goal{list-style:none;padding:0}.goal li{padding:3px 0}.met b{color:var(--ready)}.missed b{color:var(--bad)}.open b{color:var(--dim)}
details{margin:8px 0}summary{cursor:pointer}svg{width:100%;height:auto;display:block}svg text{font-size:11px;fill:var(--dim)}
.grid{stroke:var(--line)}.load{fill:var(--load);opacity:.75}.ready{fill:none;stroke:var(--ready);stroke-width:2}
.desired{fill:none;stroke:var(--want);stroke-width:1.5;stroke-dasharray:4 3}.bad{stroke:var(--bad);stroke-width:1.6;fill:none}
.bad-back{fill:none;stroke:var(--line)}.up{fill:var(--ready)}.down{fill:var(--want)}
.key span{padding-left:16px;position:relative;margin-right:10px}.key span::before{content:"";position:absolute;left:0;top:7px;width:11px;height:8px}
.k-load::before{background:var(--load)}.k-ready::before{background:var(--ready)}.k-desired::before{background:var(--want)}.k-bad::before{background:var(--bad)}
`;
