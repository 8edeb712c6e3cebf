using StellarPipeline.Cli.Output.Logging;

namespace StellarPipeline.Cli.Output.Reports;

/// <summary>What was tried again in this run, in sentences for its report.</summary>
internal static class RetryRemarks
{
    private static readonly (int Id, string Text)[] Texts =
    [
        (3000, "requests to the archive failed and were made again"),
        (3001, "times a mirror failed and another had its turn"),
        (3003, "times no mirror gave a file, and all were asked again after a rest"),
        (3103, "downloads went on where a stopped run had ended"),
        (3105, "copies of buckets were wrong and were fetched once more"),
        (2050, "times a lock of others was waited for"),
        (5011, "attempts failed and were made again"),
    ];

    /// <summary>The sentences; empty where all went at the first try.</summary>
    public static IReadOnlyList<string> Of(LogEvents events) =>
        [.. Texts.Select(entry => (Count: events.CountOf(entry.Id), entry.Text)).Where(entry => entry.Count > 0).Select(
            entry => FormattableString.Invariant($"Tried again: {entry.Count:N0} {entry.Text}."))];
}
