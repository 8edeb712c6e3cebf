namespace StellarPipeline.Xdr.Ledgers;

/// <summary>What must be known of the ledger before to judge a header, see <see cref="LedgerHeaderRules"/>.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="ProtocolVersion">The protocol version that it ended with.</param>
/// <param name="CloseTimeSeconds">When it closed: whole seconds since 1970-01-01 UTC.</param>
/// <param name="CloseTimeFraction">When it closed: milliseconds of that second, 0 to 999; 0 where the header has none.</param>
internal readonly record struct LedgerPredecessor(uint Sequence, uint ProtocolVersion, ulong CloseTimeSeconds, uint CloseTimeFraction)
{
    /// <summary>Takes it from a header.</summary>
    /// <param name="header">The header of the ledger before.</param>
    /// <returns>What of it is needed.</returns>
    public static LedgerPredecessor Of(LedgerHeaderView header) =>
        new(header.Sequence, header.ProtocolVersion, header.Value.CloseTimeSeconds, FractionOf(header.Value));

    /// <summary>Milliseconds of the second in which a ledger closed; 0 where its value has none.</summary>
    /// <param name="value">What the validators agreed on for it.</param>
    internal static uint FractionOf(StellarValueView value) => (uint)((value.CloseTimeMilliseconds ?? 0) % 1000);
}
