namespace StellarPipeline.Generator.Checkpoints;

/// <summary>The live sub-entries of one account, without its signers.</summary>
internal readonly record struct SubEntryCounts(int Trustlines, int PoolShares, int Offers, int Data)
{
    /// <summary>Their part of numSubEntries: pool shares count twice (stellar-core SponsorshipUtils.cpp).</summary>
    public int Reserves => Trustlines + (2 * PoolShares) + Offers + Data;
}
