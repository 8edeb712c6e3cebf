namespace StellarPipeline.HistoryModel.Decoding;

/// <summary>TransactionResultPair.</summary>
/// <param name="Hash">The (outer) transaction's hash.</param>
/// <param name="FeeCharged">The (outer) fee.</param>
/// <param name="Code">The (outer) code.</param>
/// <param name="Operations">Operation results, of a fee bump the inner ones; empty where the code carries none.</param>
/// <param name="Xdr">The pair's own bytes, which the header's result hash is made of.</param>
public sealed record TransactionResult(string Hash, long FeeCharged, int Code, List<OperationResult> Operations, byte[] Xdr)
{
    /// <summary>txSUCCESS or txFEE_BUMP_INNER_SUCCESS.</summary>
    public bool Successful => Code is 0 or 1;

    public static TransactionResult Read(XdrIn xdr)
    {
        int start = xdr.At;
        string hash = xdr.Hash();
        long fee = xdr.Int64();
        int code = xdr.Int32();
        List<OperationResult> operations = [];
        if (code is 1 or -13)
        {
            xdr.Hash();
            xdr.Int64();
            operations = ReadOperations(xdr, xdr.Int32());
            xdr.NoExtension();
        }
        else
        {
            operations = ReadOperations(xdr, code);
        }

        xdr.NoExtension();
        return new(hash, fee, code, operations, xdr.Since(start));
    }

    private static List<OperationResult> ReadOperations(XdrIn xdr, int code) => code is 0 or -1 ? xdr.List(OperationResult.Read) : [];
}

/// <summary>ClaimAtom: an offer or pool that was traded with.</summary>
public sealed record ClaimAtom(string Seller, Asset Sold, long AmountSold, Asset Bought, long AmountBought)
{
    public static ClaimAtom Read(XdrIn xdr)
    {
        int arm = xdr.Int32();
        string seller = arm switch
        {
            0 => Address.AccountPrefix + xdr.Hash(),
            1 => Address.AccountId(xdr),
            2 => Address.PoolId(xdr),
            _ => throw xdr.Wrong($"ClaimAtom arm {arm}"),
        };
        if (arm != 2) xdr.Int64();
        return new(seller, Asset.Read(xdr), xdr.Int64(), Asset.Read(xdr), xdr.Int64());
    }
}

/// <summary>OperationResult.</summary>
/// <param name="Code">opINNER or the outer code.</param>
/// <param name="Arm">The operation type of the inner result, -1 without.</param>
/// <param name="InnerCode">The inner code.</param>
/// <param name="Atoms">What was traded.</param>
/// <param name="Amount">A path payment's last amount, or the merged balance; null where the result carries none.</param>
/// <param name="Payouts">What an inflation run paid.</param>
public sealed record OperationResult(int Code, int Arm, int InnerCode, List<ClaimAtom> Atoms, long? Amount,
    List<(string Account, long Amount)> Payouts)
{
    public static OperationResult Read(XdrIn xdr)
    {
        OperationResult none = new(xdr.Int32(), -1, 0, [], null, []);
        if (none.Code != 0) return none;
        OperationResult result = none with { Arm = xdr.Int32(), InnerCode = xdr.Int32() };
        bool success = result.InnerCode == 0;
        switch (result.Arm)
        {
            case 2 or 13 when success:
                result = result with { Atoms = xdr.List(ClaimAtom.Read) };
                Address.AccountId(xdr);
                Asset.Read(xdr);
                return result with { Amount = xdr.Int64() };
            case 2 or 13 when result.InnerCode == -9:
                Asset.Read(xdr);
                return result;
            case 3 or 4 or 12 when success:
                result = result with { Atoms = xdr.List(ClaimAtom.Read) };
                if (xdr.Int32() is 0 or 1) LedgerEntry.ReadOffer(xdr, static () => { });
                return result;
            case 8 when success: return result with { Amount = xdr.Int64() };
            case 9 when success: return result with { Payouts = xdr.List(static xdr => (Address.AccountId(xdr), xdr.Int64())) };
            case 14 when success:
                Address.BalanceId(xdr);
                return result;
            case 24 when success:
                xdr.Hash();
                return result;
            case < 0 or > 26: throw xdr.Wrong($"OperationResult arm {result.Arm}");
            default: return result;
        }
    }
}
