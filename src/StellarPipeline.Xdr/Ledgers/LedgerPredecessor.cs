namespace StellarPipeline.Xdr.Ledgers;

/// <summary>The facts about the previous ledger that are needed to check a header, see <see cref="LedgerHeaderRules"/>.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="ProtocolVersion">Protocol version at its end.</param>
/// <param name="CloseTimeSeconds">When it closed: whole seconds since 1970-01-01 UTC.</param>
/// <param name="CloseTimeFraction">When it closed: milliseconds of that second, 0 to 999; 0 if the header has none.</param>
internal readonly record struct LedgerPredecessor(uint Sequence, uint ProtocolVersion, ulong CloseTimeSeconds, uint CloseTimeFraction)
{
    /// <summary>Reads the facts from a header.</summary>
    /// <param name="header">The header of the previous ledger.</param>
    /// <returns>The facts.</returns>
    public static LedgerPredecessor Of(LedgerHeaderView header) =>
        new(header.Sequence, header.ProtocolVersion, header.Value.CloseTimeSeconds, FractionOf(header.Value));

    /// <summary>Milliseconds of the second in which a ledger closed; 0 if its value has none.</summary>
    /// <param name="value">What the validators agreed on for it.</param>
    internal static uint FractionOf(StellarValueView value) => (uint)((value.CloseTimeMilliseconds ?? 0) % 1000);
}
