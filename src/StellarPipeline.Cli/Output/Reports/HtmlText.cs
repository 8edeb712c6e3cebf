using System.Net;

namespace StellarPipeline.Cli.Output.Reports;

/// <summary>Escapes text for pages, because names of tables and messages of servers may contain any character.</summary>
internal static class HtmlText
{
    /// <summary>The style of the report and of the dashboard, for light and dark mode, wide and narrow screens.</summary>
    public const string Style =
        """
        :root{--bg:#fff;--fg:#1b1f24;--dim:#5b6570;--line:#d8dee4;--card:#f6f8fa;--busy:#2da44e;--in:#0969da;--out:#bc4c00;--on:#fff;--c3:#8250df;--c4:#bf3989;--c5:#9a6700}
        @media(prefers-color-scheme:dark){:root{--bg:#0d1117;--fg:#e6edf3;--dim:#8b949e;--line:#30363d;--card:#161b22;--busy:#3fb950;--in:#58a6ff;--out:#f0883e;--on:#0d1117;--c3:#a371f7;--c4:#db61a2;--c5:#d29922}}
        *{box-sizing:border-box}body{margin:0 auto;padding:16px;max-width:960px;background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,sans-serif}
        a{color:var(--in)}h1{font-size:1.35rem;margin:.2em 0}h2{font-size:1.05rem;margin:1.4em 0 .4em;border-bottom:1px solid var(--line)}p{margin:.4em 0}.dim{color:var(--dim)}
        .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:8px;margin:12px 0}.card{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:8px 10px}
        .card b{display:block;font-size:1.15rem;overflow-wrap:anywhere}.card span{color:var(--dim);font-size:.82rem}.say{background:var(--card);border-left:4px solid var(--out);padding:8px 12px;margin:12px 0}
        .scroll{overflow-x:auto}td{min-width:8em}td:first-child{min-width:11em}td.n{min-width:0}table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;padding:3px 8px;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
        td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}svg{width:100%;height:auto;display:block}svg text{fill:var(--dim);font-size:11px}svg text.on{fill:var(--on)}
        .grid{stroke:var(--line)}polyline{fill:none;stroke-width:2}.c0{stroke:var(--busy)}.c1{stroke:var(--in)}.c2{stroke:var(--out)}.c3{stroke:var(--c3)}.c4{stroke:var(--c4)}.c5{stroke:var(--c5)}
        .busy{fill:var(--busy)}.in{fill:var(--in)}.out{fill:var(--out)}.legend span{display:inline-block;margin-right:12px;padding-left:6px;border-left:10px solid}
        .k0,.kbusy{border-color:var(--busy)!important}.k1,.kin{border-color:var(--in)!important}.k2,.kout{border-color:var(--out)!important}.k3{border-color:var(--c3)!important}.k4{border-color:var(--c4)!important}.k5{border-color:var(--c5)!important}
        """;

    /// <summary>The text, escaped for HTML and SVG.</summary>
    public static string Of(string text) => WebUtility.HtmlEncode(text);
}
