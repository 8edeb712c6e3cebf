namespace StellarPipeline.Postgres.Connections;

/// <summary>The state that a session reported at the start of a transaction, before it is checked.</summary>
/// <param name="Facts">The state of the session.</param>
/// <param name="PinnedPath">The search path after it was pinned.</param>
/// <param name="Settings">The required settings: the value that the server shows, and the value in base units; null if the server has no
/// setting of that name.</param>
internal sealed record SessionAnswer(SessionFacts Facts, string PinnedPath, List<(string Name, string? Shown, string? Raw)> Settings);
