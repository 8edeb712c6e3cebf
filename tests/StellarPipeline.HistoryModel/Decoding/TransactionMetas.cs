namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>ContractEvent.</summary>
public sealed record ContractEvent(string? Contract, int Type, List<ScVal> Topics, ScVal Data)
{
    public static ContractEvent Read(XdrIn xdr)
    {
        xdr.NoExtension();
        string? contract = xdr.Optional(static xdr => Address.ContractPrefix + xdr.Hash());
        int type = xdr.Int32();
        xdr.NoExtension();
        return new(contract, type, xdr.List(ScVal.Read), ScVal.Read(xdr));
    }

    /// <summary>DiagnosticEvent.</summary>
    public static ContractEvent ReadDiagnostic(XdrIn xdr)
    {
        xdr.Bool();
        return Read(xdr);
    }
}

/// <summary>OperationMeta and OperationMetaV2.</summary>
public sealed record OperationMeta(List<RawChange> Changes, List<ContractEvent> Events);

/// <summary>TransactionMeta, all versions.</summary>
/// <param name="ChangesBefore">tx-changes-before, of version 1 the transaction's changes; of version 0 none.</param>
/// <param name="ChangesAfter">tx-changes-after; of versions 0 and 1 none.</param>
/// <param name="SorobanEvents">Contract events of a version 3 meta.</param>
public sealed record TransactionMeta(
    int Version, List<OperationMeta> Operations, List<RawChange> ChangesBefore, List<RawChange> ChangesAfter,
    List<ContractEvent> SorobanEvents)
{
    public static TransactionMeta Read(XdrIn xdr)
    {
        int version = xdr.Int32();
        if (version is < 0 or > 4) throw xdr.Wrong($"TransactionMeta arm {version}");
        if (version >= 3) xdr.NoExtension();
        List<RawChange> before = version >= 1 ? RawChange.ReadAll(xdr) : [];
        List<OperationMeta> operations = xdr.List(xdr => ReadOperation(xdr, version));
        List<RawChange> after = version >= 2 ? RawChange.ReadAll(xdr) : [];
        List<ContractEvent> events = [];
        if (version == 3 && xdr.Bool())
        {
            SkipSorobanExtension(xdr);
            events = xdr.List(ContractEvent.Read);
            ScVal.Read(xdr);
            xdr.List(ContractEvent.ReadDiagnostic);
        }

        if (version == 4)
        {
            if (xdr.Bool())
            {
                SkipSorobanExtension(xdr);
                xdr.Optional(ScVal.Read);
            }

            xdr.List(static xdr =>
            {
                xdr.Int32();
                return ContractEvent.Read(xdr);
            });
            xdr.List(ContractEvent.ReadDiagnostic);
        }

        return new(version, operations, before, after, events);
    }

    private static OperationMeta ReadOperation(XdrIn xdr, int version)
    {
        if (version == 4) xdr.NoExtension();
        return new(RawChange.ReadAll(xdr), version == 4 ? xdr.List(ContractEvent.Read) : []);
    }

    private static void SkipSorobanExtension(XdrIn xdr)
    {
        if (!xdr.Bool()) return;
        xdr.NoExtension();
        xdr.Fixed(24);
    }
}
