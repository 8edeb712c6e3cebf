namespace StellarPipeline.Postgres.Connections;

/// <summary>What a session answered at the start of a transaction, not compared with anything yet.</summary>
/// <param name="Facts">What it says of itself.</param>
/// <param name="PinnedPath">The search path after it was pinned.</param>
/// <param name="Settings">The demanded settings: as the server shows them, null where it has none of that name, and as it holds them, in
/// their base units.</param>
internal sealed record SessionAnswer(SessionFacts Facts, string PinnedPath, List<(string Name, string? Shown, string? Raw)> Settings);
