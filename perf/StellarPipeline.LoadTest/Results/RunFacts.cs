namespace StellarPipeline.LoadTest.Results;

/// <summary>What a reader must know to judge the numbers.</summary>
internal sealed record RunFacts
{
    public required DateTimeOffset Started { get; init; }

    /// <summary>Share of all cores that were busy before anything was measured; null where it cannot be seen.</summary>
    public required double? BusyBefore { get; init; }

    public required MachineFacts Machine { get; init; }

    public required string Commit { get; init; }

    /// <summary>Null where no server was needed.</summary>
    public required IReadOnlyDictionary<string, string>? ServerSettings { get; init; }

    public required bool ServerIsPrivate { get; init; }

    public required bool ServerIsLocal { get; init; }

    /// <summary>Layers that could not be measured, and why.</summary>
    public required IReadOnlyDictionary<string, string> Obstacles { get; init; }

    /// <summary>The layer whose tables all others' were compared with.</summary>
    public required string? VerifiedAgainst { get; init; }

    public required int Verifications { get; init; }
}
