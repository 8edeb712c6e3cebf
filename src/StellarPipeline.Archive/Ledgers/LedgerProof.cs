using System.Globalization;
using StellarPipeline.Xdr;

namespace StellarPipeline.Archive.Ledgers;

/// <summary>What was proved of consecutive ledgers, and what the proof rests on.</summary>
/// <param name="First">The first ledger.</param>
/// <param name="FirstHash">Its hash.</param>
/// <param name="PreviousHash">The hash that it names of the ledger before it.</param>
/// <param name="Last">The last ledger.</param>
/// <param name="LastHash">Its hash.</param>
/// <param name="Anchor">The newest hash from elsewhere that the chain met; null if it met none.</param>
/// <param name="OddityCount">Ledgers that no network would agree on, see <see cref="LedgerChain.OddityCount"/>.</param>
/// <param name="FirstOddity">The first of them; null if there is none.</param>
public sealed record LedgerProof(
    uint First, Hash256 FirstHash, Hash256 PreviousHash, uint Last, Hash256 LastHash, LedgerAnchor? Anchor, long OddityCount,
    string? FirstOddity)
{
    /// <summary>The ledgers up to this one rest on <see cref="Anchor"/>; null if none does.</summary>
    public uint? AnchoredTo => Anchor is { } anchor && anchor.Ledger >= First ? anchor.Ledger : null;

    /// <summary>True if all ledgers rest on the anchor.</summary>
    public bool IsAnchored => AnchoredTo == Last;

    /// <summary>The proof as text, for people.</summary>
    /// <returns>Full sentences.</returns>
    public override string ToString()
    {
        string chain =
            string.Create(CultureInfo.InvariantCulture,
                $"Ledgers {First} to {Last} chain by hash; transaction sets and results are those that the headers name. The last one's "
                    + $"hash is {LastHash}.");
        string scope = "No header covers metadata: for it, the writer of the ledgers is trusted.";
        string oddities = OddityCount == 0 ? ""
            : Text($" {OddityCount} of them have contents that no network agrees on but load tools make; the first: {FirstOddity}");
        return $"{chain} {Basis()} {scope}{oddities}";
    }

    private string Basis()
    {
        if (Anchor is not { } anchor)
            return "Nothing from elsewhere was compared: the proof rests on the source alone, which could have made them up.";
        if (IsAnchored)
            return Text($"All of them rest on {anchor.Origin}.");
        return AnchoredTo is { } ledger
            ? Text($"Ledgers {First} to {ledger} rest on {anchor.Origin}; those after {ledger} follow them, and rest on the source alone.")
            : Text($"They follow ledger {anchor.Ledger}, which rests on {anchor.Origin}; they themselves rest on the source alone.");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
