namespace StellarPipeline.Archive.Checkpoints;

/// <summary>
/// What the proof of a checkpoint rests on: who, beside the archive itself, vouches for the hash of its last ledger header.
/// </summary>
/// <param name="HasGivenHash">True when the hash was given by the user.</param>
/// <param name="ConfirmedBy">Other archives whose own chain of headers ends in the same hash, without secrets.</param>
public sealed record CheckpointTrust(bool HasGivenHash, IReadOnlyList<string> ConfirmedBy)
{
    /// <summary>
    /// True when nobody but the archive vouches for it: the archive is proved to agree with itself, not with the network.
    /// </summary>
    public bool IsArchiveAlone => !HasGivenHash && ConfirmedBy.Count == 0;

    /// <summary>
    /// In words: <c>the archive alone</c>, <c>ledger hash given by you</c>, <c>confirmed by https://…</c>, or both of the latter.
    /// </summary>
    public override string ToString()
    {
        var reasons = new List<string>();
        if (HasGivenHash)
            reasons.Add("ledger hash given by you");
        if (ConfirmedBy.Count > 0)
            reasons.Add($"confirmed by {string.Join(" and ", ConfirmedBy)}");
        return reasons.Count == 0 ? "the archive alone" : string.Join("; ", reasons);
    }
}
