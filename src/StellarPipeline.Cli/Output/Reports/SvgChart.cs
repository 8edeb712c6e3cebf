using System.Globalization;
using System.Text;

namespace StellarPipeline.Cli.Output.Reports;

/// <summary>Draws curves as SVG: no script, no outside resource, colours of the page's own style.</summary>
internal static class SvgChart
{
    private const int Width = 720;
    private const int Height = 200;
    private const int Left = 64;
    private const int Bottom = 24;
    private const int Top = 10;

    /// <summary>Lines over time.</summary>
    /// <param name="title">What is drawn, for screen readers.</param>
    /// <param name="seconds">The times.</param>
    /// <param name="lines">Names and values; each as long as the times.</param>
    /// <param name="format">How a value is written at the axis.</param>
    public static string Lines(string title, IReadOnlyList<double> seconds,
        IReadOnlyList<(string Name, IReadOnlyList<double> Values)> lines, Func<double, string> format)
    {
        if (seconds.Count < 2) return "<p>The load was too short for a chart: it is sampled once per second.</p>";
        double last = Math.Max(seconds[^1], 0.001);
        double most = Math.Max(lines.SelectMany(line => line.Values).DefaultIfEmpty().Max(), 1e-9);
        var svg = new StringBuilder();
        Begin(svg, title);
        for (int step = 0; step <= 4; step++)
        {
            double y = Y(step / 4.0);
            svg.Append(
                string.Create(CultureInfo.InvariantCulture,
                    $"<line class=\"grid\" x1=\"{Left}\" y1=\"{y:F1}\" x2=\"{Width - 8}\" y2=\"{y:F1}\"/><text x=\"{Left - 6}\" "
                            + $"y=\"{y + 4:F1}\" text-anchor=\"end\">{HtmlText.Of(format(most * step / 4))}</text>"));
        }

        svg.Append(
            string.Create(
                CultureInfo.InvariantCulture, $"<text x=\"{Left}\" y=\"{Height - 6}\">0 s</text><text x=\"{Width - 8}\" y=\"{Height - 6}\" "
                        + $"text-anchor=\"end\">{last:N0} s</text>"));
        for (int index = 0; index < lines.Count; index++)
        {
            svg.Append(FormattableString.Invariant($"<polyline class=\"c{index % 6}\" points=\""));
            for (int point = 0; point < seconds.Count; point++)
                svg.Append(FormattableString.Invariant($"{X(seconds[point] / last):F1},{Y(lines[index].Values[point] / most):F1} "));
            svg.Append("\"/>");
        }

        svg.Append("</svg>");
        if (lines.Count > 1)
        {
            svg.Append("<p class=\"legend\">")
                .AppendJoin(
                " ",
                lines.Select((line, index) => FormattableString.Invariant($"<span class=\"k{index % 6}\">{HtmlText.Of(line.Name)}</span>")))
                .Append("</p>");
        }

        return svg.ToString();

        static double X(double share) => Left + (share * (Width - 8 - Left));
        static double Y(double share) => Top + ((1 - share) * (Height - Bottom - Top));
    }

    /// <summary>One bar for each stage, split into what it did.</summary>
    /// <param name="stages">Names with seconds busy, waiting for input, waiting for output.</param>
    public static string Split(IReadOnlyList<(string Name, double Busy, double Input, double Output)> stages)
    {
        const int Bar = 26;
        var svg = new StringBuilder();
        svg.Append(FormattableString.Invariant(
            $"<svg viewBox=\"0 0 {Width} {(stages.Count * Bar) + 4}\" role=\"img\" aria-label=\"Time split of the stages\">"));
        for (int index = 0; index < stages.Count; index++)
        {
            (string name, double busy, double input, double output) = stages[index];
            double all = Math.Max(busy + input + output, 1e-9);
            double x = 100;
            int y = (index * Bar) + 4;
            svg.Append(FormattableString.Invariant($"<text x=\"94\" y=\"{y + 15}\" text-anchor=\"end\">{HtmlText.Of(name)}</text>"));
            foreach ((string kind, double part,
                string what) in new[] { ("busy", busy, "busy"), ("in", input, "waits for input"), ("out", output, "waits for output") })
            {
                double width = part / all * (Width - 108);
                svg.Append(
                    string.Create(CultureInfo.InvariantCulture,
                        $"<rect class=\"{kind}\" x=\"{x:F1}\" y=\"{y}\" width=\"{width:F1}\" height=\"20\"><title>{HtmlText.Of(name)} "
                                + $"{what}: {part:F2} s</title></rect>"));
                if (width > 44)
                    svg.Append(FormattableString.Invariant($"<text class=\"on\" x=\"{x + 5:F1}\" y=\"{y + 15}\">{part / all:P0}</text>"));
                x += width;
            }
        }

        return svg.Append(
            "</svg><p class=\"legend\"><span class=\"kbusy\">busy</span> <span class=\"kin\">waits for input</span> <span "
                + "class=\"kout\">waits for output</span></p>").ToString();
    }

    /// <summary>One bar for each value, the longest one as wide as the picture.</summary>
    /// <param name="title">What is drawn, for screen readers.</param>
    /// <param name="bars">Names, values, the text at the bar, and whether it has the second colour.</param>
    public static string Bars(string title, IReadOnlyList<(string Name, double Value, string Text, bool IsOther)> bars)
    {
        const int Bar = 26;
        const int Names = 190;
        const int Texts = 150;
        double most = Math.Max(bars.Select(bar => bar.Value).DefaultIfEmpty().Max(), 1e-9);
        var svg = new StringBuilder();
        svg.Append(FormattableString.Invariant(
            $"<svg viewBox=\"0 0 {Width} {(bars.Count * Bar) + 4}\" role=\"img\" aria-label=\"{HtmlText.Of(title)}\">"));
        for (int index = 0; index < bars.Count; index++)
        {
            (string name, double value, string text, bool isOther) = bars[index];
            int y = (index * Bar) + 4;
            double width = value / most * (Width - Names - Texts);
            string kind = isOther ? "in" : "busy";
            svg.Append(FormattableString.Invariant(
                $"<text x=\"{Names - 6}\" y=\"{y + 15}\" text-anchor=\"end\">{HtmlText.Of(name)}</text>"));
            svg.Append(FormattableString.Invariant(
                $"<rect class=\"{kind}\" x=\"{Names}\" y=\"{y}\" width=\"{Math.Max(width, 1):F1}\" height=\"20\"/>"));
            svg.Append(FormattableString.Invariant($"<text x=\"{Names + width + 6:F1}\" y=\"{y + 15}\">{HtmlText.Of(text)}</text>"));
        }

        return svg.Append("</svg>").ToString();
    }

    private static void Begin(StringBuilder svg, string title) =>
        svg.Append(FormattableString.Invariant($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{HtmlText.Of(title)}\">"));
}
