using System.Reflection;
using StellarPipeline.Cli.Output.Reports;

namespace StellarPipeline.Cli.Output.Dashboard;

/// <summary>The page of the dashboard: one document without outside resources, built from the files in this folder.</summary>
internal static class DashboardPage
{
    /// <summary>The document.</summary>
    public static string Html { get; } =
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
            + "content=\"width=device-width,initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><link rel=\"icon\" "
            + "href=\"data:,\"><title>stellar-pipeline</title><style>"
            + $"{HtmlText.Style}{Part("dashboard.css")}</style></head><body>{Part("dashboard.html")}<script>{Part("dashboard.js")}</script>"
            + "</body></html>\n";

    private static string Part(string name)
    {
        using Stream file = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The part {name} of the page was not built into the program.");
        using var text = new StreamReader(file);
        return text.ReadToEnd();
    }
}
