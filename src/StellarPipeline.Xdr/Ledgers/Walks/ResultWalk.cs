using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Xdr.Ledgers.Walks;

/// <summary>Checks the results of transactions and records where those of their operations are.</summary>
/// <remarks>
/// Format: <c>TransactionResultPair</c> and its parts in Stellar-transaction.x. A result code that no known protocol has is malformed.
/// </remarks>
internal static class ResultWalk
{
    /// <summary>Highest and lowest code of a transaction: success of a fee bump, and a frozen key.</summary>
    private const int CodeFirst = 1;
    private const int CodeLast = -18;
    private const int FeeBumpInnerSuccess = 1;
    private const int FeeBumpInnerFailed = -13;
    private const int OperationCodeLast = -6;
    private const int MinResultBytes = 4;
    private const int MinAtomBytes = 60;
    private const int PayoutBytes = Wire.AccountIdBytes + 8;

    // The lowest code of each operation type, from the enumerations of Stellar-transaction.x.
    private static ReadOnlySpan<sbyte> InnerCodesLast =>
        [-4, -9, -12, -12, -12, -10, -8, -6, -7, -1, -4, -1, -12, -12, -5, -6, -3, -1, -5, -4, -3, -5, -8, -6, -5, -3, -3];

    public static void ReadResultPair(ref XdrReader reader, LedgerLayout layout, ref TransactionPlace place)
    {
        place.PairOffset = reader.Position;
        reader.Skip(Wire.HashBytes, "TransactionResultPair.transactionHash");
        reader.Skip(sizeof(long), "TransactionResult.feeCharged");
        place.Code = place.InnerCode = ReadCode(ref reader, "TransactionResult.result");
        if (place.Code is FeeBumpInnerSuccess or FeeBumpInnerFailed)
        {
            reader.Skip(Wire.HashBytes, "InnerTransactionResultPair.transactionHash");
            reader.Skip(sizeof(long), "InnerTransactionResult.feeCharged");
            place.InnerCode = ReadCode(ref reader, "InnerTransactionResult.result");
            if (place.InnerCode is FeeBumpInnerSuccess or FeeBumpInnerFailed)
            {
                XdrThrow.NotAmong("InnerTransactionResult.result", reader.Position - 4, place.InnerCode,
                    "those of a transaction that is not a fee bump");
            }

            ReadResults(ref reader, layout, ref place);
            reader.ReadExtensionPoint("InnerTransactionResult.ext");
        }
        else
        {
            ReadResults(ref reader, layout, ref place);
        }

        reader.ReadExtensionPoint("TransactionResult.ext");
        place.PairLength = reader.Position - place.PairOffset;
    }

    private static int ReadCode(ref XdrReader reader, string field)
    {
        int code = reader.ReadInt32(field);
        if (code is > CodeFirst or < CodeLast)
            XdrThrow.NotAmong(field, reader.Position - 4, code, "1 down to -18");
        return code;
    }

    // Only success and failure contain results of operations.
    private static void ReadResults(ref XdrReader reader, LedgerLayout layout, ref TransactionPlace place)
    {
        place.FirstResult = layout.Results.Count;
        if (place.InnerCode is not (0 or -1))
            return;
        int count = reader.ReadCount(MinResultBytes, int.MaxValue, "TransactionResult.results");
        place.ResultCount = count;
        for (int result = 0; result < count; result++)
        {
            layout.CurrentOperation = result + 1;
            ReadResult(ref reader, ref layout.Results.Add());
        }

        layout.CurrentOperation = 0;
    }

    private static void ReadResult(ref XdrReader reader, ref ResultPlace place)
    {
        place.Offset = reader.Position;
        place.Code = reader.ReadInt32("OperationResult.code");
        if (place.Code is > 0 or < OperationCodeLast)
            XdrThrow.NotAmong("OperationResult.code", place.Offset, place.Code, "0 down to -6");
        if (place.Code != 0)
            return;
        place.Type = (OperationType)reader.ReadDiscriminant((int)OperationType.RestoreFootprint, "OperationResult.tr");
        place.InnerCode = reader.ReadInt32("OperationResult.tr");
        if (place.InnerCode > 0 || place.InnerCode < InnerCodesLast[(int)place.Type])
        {
            XdrThrow.NotAmong("OperationResult.tr", reader.Position - 4, place.InnerCode,
                $"0 down to {InnerCodesLast[(int)place.Type]} for {place.Type}");
        }

        place.BodyOffset = reader.Position;
        if (place.InnerCode == 0)
            ReadSuccess(ref reader, place.Type);
        else if (place.InnerCode == -9 && place.Type is OperationType.PathPaymentStrictReceive or OperationType.PathPaymentStrictSend)
            LedgerWalk.ReadAsset(ref reader);
    }

    private static void ReadSuccess(ref XdrReader reader, OperationType type)
    {
        switch (type)
        {
            case OperationType.PathPaymentStrictReceive:
            case OperationType.PathPaymentStrictSend:
                ReadAtoms(ref reader);
                LedgerWalk.ReadAccountId(ref reader);
                LedgerWalk.ReadAsset(ref reader);
                reader.Skip(8, "SimplePaymentResult.amount");
                break;
            case OperationType.ManageSellOffer:
            case OperationType.ManageBuyOffer:
            case OperationType.CreatePassiveSellOffer:
                ReadAtoms(ref reader);
                if (reader.ReadDiscriminant(2, "ManageOfferSuccessResult.offer") != 2)
                    ReadOffer(ref reader);
                break;
            case OperationType.AccountMerge:
                reader.Skip(8, "AccountMergeResult.sourceAccountBalance");
                break;
            case OperationType.Inflation:
                int payouts = reader.ReadCount(PayoutBytes, int.MaxValue, "InflationResult.payouts");
                for (int payout = 0; payout < payouts; payout++)
                {
                    LedgerWalk.ReadAccountId(ref reader);
                    reader.Skip(8, "InflationPayout.amount");
                }

                break;
            case OperationType.CreateClaimableBalance:
                reader.ReadDiscriminant(0, "ClaimableBalanceID.type");
                reader.Skip(Wire.HashBytes, "ClaimableBalanceID.v0");
                break;
            case OperationType.InvokeHostFunction:
                reader.Skip(Wire.HashBytes, "InvokeHostFunctionResult.success");
                break;
        }
    }

    private static void ReadAtoms(ref XdrReader reader)
    {
        int count = reader.ReadCount(MinAtomBytes, int.MaxValue, "ManageOfferSuccessResult.offersClaimed");
        for (int atom = 0; atom < count; atom++)
            ReadAtom(ref reader);
    }

    /// <summary>Skips a ClaimAtom.</summary>
    public static void ReadAtom(ref XdrReader reader)
    {
        switch (reader.ReadDiscriminant(2, "ClaimAtom.type"))
        {
            case 0:
                reader.Skip(Wire.HashBytes + 8, "ClaimOfferAtomV0.sellerEd25519");
                break;
            case 1:
                LedgerWalk.ReadAccountId(ref reader);
                reader.Skip(8, "ClaimOfferAtom.offerID");
                break;
            default:
                reader.Skip(Wire.HashBytes, "ClaimLiquidityAtom.liquidityPoolID");
                break;
        }

        LedgerWalk.ReadAsset(ref reader);
        reader.Skip(8, "ClaimAtom.amountSold");
        LedgerWalk.ReadAsset(ref reader);
        reader.Skip(8, "ClaimAtom.amountBought");
    }

    private static void ReadOffer(ref XdrReader reader)
    {
        EntryMarks marks = default;
        OfferEntryView.Check(ref reader, ref marks);
    }
}
