namespace StellarPipeline.LoadTest.Results;

/// <summary>The conditions of a run, which readers need to judge its numbers.</summary>
internal sealed record RunFacts
{
    public required DateTimeOffset Started { get; init; }

    /// <summary>Busy share of all cores before the first measurement, 0 to 1; null if unknown.</summary>
    public required double? BusyBefore { get; init; }

    public required MachineFacts Machine { get; init; }

    public required string Commit { get; init; }

    /// <summary>The server's settings by name; null if no server was needed.</summary>
    public required IReadOnlyDictionary<string, string>? ServerSettings { get; init; }

    public required bool ServerIsPrivate { get; init; }

    public required bool ServerIsLocal { get; init; }

    /// <summary>Layers that could not be measured, with the reasons.</summary>
    public required IReadOnlyDictionary<string, string> Obstacles { get; init; }

    /// <summary>The layer with whose tables those of all other layers were compared.</summary>
    public required string? VerifiedAgainst { get; init; }

    public required int Verifications { get; init; }
}
