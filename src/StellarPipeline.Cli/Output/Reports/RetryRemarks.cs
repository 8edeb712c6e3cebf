using StellarPipeline.Cli.Output.Logging;

namespace StellarPipeline.Cli.Output.Reports;

/// <summary>What was tried again in this run, in sentences for its report.</summary>
internal static class RetryRemarks
{
    private static readonly (int Id, string Text)[] Texts =
    [
        (3000, "failed requests to the archive were repeated"),
        (3001, "times a mirror failed and another was tried"),
        (3003, "times no mirror delivered a file, and all were asked again after a wait"),
        (3103, "downloads of a stopped run were resumed"),
        (3105, "wrong copies of buckets were fetched again"),
        (2050, "times the load waited for a lock of another session"),
        (5011, "failed attempts were repeated"),
    ];

    /// <summary>The sentences; empty if nothing was tried again.</summary>
    public static IReadOnlyList<string> Of(LogEvents events) =>
        [.. Texts.Select(entry => (Count: events.CountOf(entry.Id), entry.Text)).Where(entry => entry.Count > 0).Select(
            entry => FormattableString.Invariant($"Tried again: {entry.Count:N0} {entry.Text}."))];
}
