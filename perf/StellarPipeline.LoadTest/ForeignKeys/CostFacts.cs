using StellarPipeline.LoadTest.Results;

namespace StellarPipeline.LoadTest.ForeignKeys;

/// <summary>The conditions of a run, which readers need to judge its numbers.</summary>
/// <param name="Started">When the run began, UTC.</param>
/// <param name="Machine">The machine and the runtime.</param>
/// <param name="Commit">The commit.</param>
/// <param name="ServerIsPrivate">Whether the server was started for this run.</param>
/// <param name="Settings">The server's settings.</param>
/// <param name="LoadBefore">Load averages of the machine before the first load (1, 5, 15 minutes); null if unknown.</param>
/// <param name="LoadAfter">The same after the last one.</param>
internal sealed record CostFacts(
    DateTimeOffset Started, MachineFacts Machine, string Commit, bool ServerIsPrivate, IReadOnlyDictionary<string, string> Settings,
    string? LoadBefore, string? LoadAfter)
{
    /// <summary>Reads the load averages.</summary>
    public static string? LoadAverage() =>
        OperatingSystem.IsLinux() ? string.Join(" / ", File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : null;
}
