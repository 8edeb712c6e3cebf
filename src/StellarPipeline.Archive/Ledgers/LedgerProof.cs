using System.Globalization;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>What was proved about consecutive ledgers, and what the proof rests on.</summary>
/// <param name="First">The first ledger.</param>
/// <param name="FirstHash">Its hash.</param>
/// <param name="PreviousHash">The hash of the previous ledger that it names.</param>
/// <param name="Last">The last ledger.</param>
/// <param name="LastHash">Its hash.</param>
/// <param name="Anchor">The newest hash from another source that the chain reached; null for none.</param>
/// <param name="OddityCount">Ledgers with values that no network would close, see <see cref="LedgerChain.OddityCount"/>.</param>
/// <param name="FirstOddity">The first of them; null for none.</param>
public sealed record LedgerProof(
    uint First, Hash256 FirstHash, Hash256 PreviousHash, uint Last, Hash256 LastHash, LedgerAnchor? Anchor, long OddityCount,
    string? FirstOddity)
{
    /// <summary>The last ledger that rests on <see cref="Anchor"/>; null for none.</summary>
    public uint? AnchoredTo => Anchor is { } anchor && anchor.Ledger >= First ? anchor.Ledger : null;

    /// <summary>True if all ledgers rest on the anchor.</summary>
    public bool IsAnchored => AnchoredTo == Last;

    /// <summary>The proof as text for people.</summary>
    /// <returns>Full sentences.</returns>
    public override string ToString()
    {
        string chain =
            string.Create(CultureInfo.InvariantCulture,
                $"Ledgers {First} to {Last} chain by hash; transaction sets and results match the hashes in the headers. The hash of the "
                    + $"last one is {LastHash}.");
        string scope = "No header covers the metadata, so the proof trusts the writer of the ledgers for it.";
        string oddities = OddityCount == 0 ? ""
            : Text($" {OddityCount} of them have values that load tools write but no network closes; the first: {FirstOddity}");
        return $"{chain} {Basis()} {scope}{oddities}";
    }

    private string Basis()
    {
        if (Anchor is not { } anchor)
            return "No hash from another source was compared: the proof rests on the source alone, which could have invented them.";
        if (IsAnchored)
            return Text($"All of them rest on {anchor.Origin}.");
        return AnchoredTo is { } ledger
            ? Text($"Ledgers {First} to {ledger} rest on {anchor.Origin}; those after {ledger} follow them, and rest on the source alone.")
            : Text($"They follow ledger {anchor.Ledger}, which rests on {anchor.Origin}; they themselves rest on the source alone.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
