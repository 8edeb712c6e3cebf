using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Xdr.Ledgers.Operations;

/// <summary>The body of SET_OPTIONS. Absent options are null or empty.</summary>
/// <remarks>Format: <c>SetOptionsOp</c> in Stellar-transaction.x.</remarks>
public readonly ref struct SetOptionsOperation
{
    internal SetOptionsOperation(ReadOnlySpan<byte> body)
    {
        var reader = new XdrReader(body);
        if (reader.ReadOptionalFlag("SetOptionsOp.inflationDest"))
            LedgerWalk.ReadAccountId(ref reader);
        ClearFlags = ReadOptional(ref reader, "SetOptionsOp.clearFlags");
        SetFlags = ReadOptional(ref reader, "SetOptionsOp.setFlags");
        MasterWeight = ReadOptional(ref reader, "SetOptionsOp.masterWeight");
        LowThreshold = ReadOptional(ref reader, "SetOptionsOp.lowThreshold");
        MediumThreshold = ReadOptional(ref reader, "SetOptionsOp.medThreshold");
        HighThreshold = ReadOptional(ref reader, "SetOptionsOp.highThreshold");
        HasHomeDomain = reader.ReadOptionalFlag("SetOptionsOp.homeDomain");
        if (HasHomeDomain)
            HomeDomain = reader.ReadString(XdrLimits.HomeDomainBytes, "SetOptionsOp.homeDomain");
        HasSigner = reader.ReadOptionalFlag("SetOptionsOp.signer");
        if (HasSigner)
            Signer = new SignerView(body[reader.Position..]);
    }

    /// <summary>Flags to clear.</summary>
    public uint? ClearFlags { get; }

    /// <summary>Flags to set.</summary>
    public uint? SetFlags { get; }

    /// <summary>New weight of the account's own key.</summary>
    public uint? MasterWeight { get; }

    /// <summary>New low threshold.</summary>
    public uint? LowThreshold { get; }

    /// <summary>New medium threshold.</summary>
    public uint? MediumThreshold { get; }

    /// <summary>New high threshold.</summary>
    public uint? HighThreshold { get; }

    /// <summary>True if the home domain is set, also if it is set to the empty string.</summary>
    public bool HasHomeDomain { get; }

    /// <summary>New home domain: at most 32 bytes.</summary>
    public ReadOnlySpan<byte> HomeDomain { get; }

    /// <summary>True if a signer is added, changed or removed.</summary>
    public bool HasSigner { get; }

    /// <summary>The signer, if there is one; weight 0 removes it.</summary>
    public SignerView Signer { get; }

    private static uint? ReadOptional(ref XdrReader reader, string field) =>
        reader.ReadOptionalFlag(field) ? reader.ReadUInt32(field) : null;
}
