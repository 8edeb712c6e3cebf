namespace StellarPipeline.Archive.Checkpoints;

/// <summary>
/// What the proof of a checkpoint is based on: who besides the archive itself confirms the hash of its last ledger header.
/// </summary>
/// <param name="HasGivenHash">True if the user gave the hash.</param>
/// <param name="ConfirmedBy">Other archives whose own chain of headers ends in the same hash, without secrets.</param>
public sealed record CheckpointTrust(bool HasGivenHash, IReadOnlyList<string> ConfirmedBy)
{
    /// <summary>
    /// True if only the archive itself confirms the hash: it is proved to be consistent, but not to belong to the network.
    /// </summary>
    public bool IsArchiveAlone => !HasGivenHash && ConfirmedBy.Count == 0;

    /// <summary>
    /// Text: <c>the archive alone</c>, <c>ledger hash given by you</c>, <c>confirmed by https://…</c>, or both of the latter.
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
