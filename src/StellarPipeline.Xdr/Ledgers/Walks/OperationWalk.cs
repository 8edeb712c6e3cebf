using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers.Walks;

/// <summary>Checks operations of all kinds, and skips them.</summary>
/// <remarks>Format: <c>Operation</c> in Stellar-transaction.x.</remarks>
internal static class OperationWalk
{
    private const int OperationTypeLast = (int)OperationType.RestoreFootprint;
    private const int MinAssetBytes = 4;
    private const int MaxPathAssets = 5;
    private const int MuxedEd25519 = 0x100;

    public static void ReadOperation(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout, ref OperationPlace place)
    {
        place.Offset = reader.Position;
        if (reader.ReadOptionalFlag("Operation.sourceAccount"))
        {
            place.SourceOffset = reader.Position;
            ReadMuxedAccount(ref reader, "Operation.sourceAccount");
        }

        place.Type = (OperationType)reader.ReadDiscriminant(OperationTypeLast, "Operation.body");
        place.BodyOffset = reader.Position;
        ReadBody(ref reader, ledger, layout, ref place);
        place.Length = reader.Position - place.Offset;
    }

    /// <summary>Skips a MuxedAccount.</summary>
    public static void ReadMuxedAccount(ref XdrReader reader, string field)
    {
        int type = reader.ReadInt32(field);
        if (type == MuxedEd25519)
            reader.Skip(sizeof(ulong), field);
        else if (type != 0)
            XdrThrow.NotAmong(field, reader.Position - 4, type, "0 and 256");
        reader.Skip(Wire.HashBytes, field);
    }

    /// <summary>Skips a SignerKey.</summary>
    public static void ReadSignerKey(ref XdrReader reader)
    {
        int type = reader.ReadDiscriminant((int)SignerKeyType.SignedPayload, "SignerKey.type");
        reader.Skip(Wire.HashBytes, "SignerKey.key");
        if (type == (int)SignerKeyType.SignedPayload)
            reader.ReadVariableOpaque(XdrLimits.SignedPayloadBytes, "SignerKey.payload");
    }

    private static void ReadBody(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout, ref OperationPlace place)
    {
        switch (place.Type)
        {
            case OperationType.CreateAccount:
                LedgerWalk.ReadAccountId(ref reader);
                reader.Skip(8, "CreateAccountOp.startingBalance");
                break;
            case OperationType.Payment:
                ReadMuxedAccount(ref reader, "PaymentOp.destination");
                LedgerWalk.ReadAsset(ref reader);
                reader.Skip(8, "PaymentOp.amount");
                break;
            case OperationType.PathPaymentStrictReceive:
            case OperationType.PathPaymentStrictSend:
                ReadPathPayment(ref reader);
                break;
            case OperationType.ManageSellOffer:
            case OperationType.ManageBuyOffer:
                LedgerWalk.ReadAsset(ref reader);
                LedgerWalk.ReadAsset(ref reader);
                reader.Skip(24, "ManageOfferOp.amount");
                break;
            case OperationType.CreatePassiveSellOffer:
                LedgerWalk.ReadAsset(ref reader);
                LedgerWalk.ReadAsset(ref reader);
                reader.Skip(16, "CreatePassiveSellOfferOp.amount");
                break;
            case OperationType.SetOptions:
                ReadSetOptions(ref reader);
                break;
            case OperationType.ChangeTrust:
                ReadChangeTrustAsset(ref reader);
                reader.Skip(8, "ChangeTrustOp.limit");
                break;
            case OperationType.AllowTrust:
                ReadAllowTrust(ref reader);
                break;
            case OperationType.AccountMerge:
                ReadMuxedAccount(ref reader, "Operation.destination");
                break;
            case OperationType.ManageData:
                reader.ReadString(XdrLimits.DataNameBytes, "ManageDataOp.dataName");
                if (reader.ReadOptionalFlag("ManageDataOp.dataValue"))
                    reader.ReadVariableOpaque(XdrLimits.DataValueBytes, "ManageDataOp.dataValue");
                break;
            case OperationType.BumpSequence:
                reader.Skip(8, "BumpSequenceOp.bumpTo");
                break;
            case OperationType.CreateClaimableBalance:
                ReadCreateClaimableBalance(ref reader);
                break;
            case OperationType.ClaimClaimableBalance:
            case OperationType.ClawbackClaimableBalance:
                ReadBalanceId(ref reader);
                break;
            case OperationType.BeginSponsoringFutureReserves:
                LedgerWalk.ReadAccountId(ref reader);
                break;
            case OperationType.RevokeSponsorship:
                ReadRevokeSponsorship(ref reader, ledger, layout);
                break;
            case OperationType.Clawback:
                LedgerWalk.ReadAsset(ref reader);
                ReadMuxedAccount(ref reader, "ClawbackOp.from");
                reader.Skip(8, "ClawbackOp.amount");
                break;
            case OperationType.SetTrustLineFlags:
                LedgerWalk.ReadAccountId(ref reader);
                LedgerWalk.ReadAsset(ref reader);
                reader.Skip(8, "SetTrustLineFlagsOp.setFlags");
                break;
            case OperationType.LiquidityPoolDeposit:
                reader.Skip(Wire.HashBytes + 32, "LiquidityPoolDepositOp.liquidityPoolID");
                break;
            case OperationType.LiquidityPoolWithdraw:
                reader.Skip(Wire.HashBytes + 24, "LiquidityPoolWithdrawOp.liquidityPoolID");
                break;
            case OperationType.InvokeHostFunction:
                HostFunctionWalk.ReadHostFunction(ref reader);
                place.AuthorizationOffset = reader.Position;
                HostFunctionWalk.ReadAuthorization(ref reader);
                break;
            case OperationType.ExtendFootprintTtl:
                reader.ReadExtensionPoint("ExtendFootprintTTLOp.ext");
                reader.Skip(4, "ExtendFootprintTTLOp.extendTo");
                break;
            case OperationType.RestoreFootprint:
                reader.ReadExtensionPoint("RestoreFootprintOp.ext");
                break;
        }
    }

    // Both kinds have the same layout; only the meaning of the amounts differs.
    private static void ReadPathPayment(ref XdrReader reader)
    {
        LedgerWalk.ReadAsset(ref reader);
        reader.Skip(8, "PathPaymentOp.sendAmount");
        ReadMuxedAccount(ref reader, "PathPaymentOp.destination");
        LedgerWalk.ReadAsset(ref reader);
        reader.Skip(8, "PathPaymentOp.destAmount");
        int count = reader.ReadCount(MinAssetBytes, MaxPathAssets, "PathPaymentOp.path");
        for (int asset = 0; asset < count; asset++)
            LedgerWalk.ReadAsset(ref reader);
    }

    private static void ReadSetOptions(ref XdrReader reader)
    {
        if (reader.ReadOptionalFlag("SetOptionsOp.inflationDest"))
            LedgerWalk.ReadAccountId(ref reader);
        SkipOptionalUInt32(ref reader, "SetOptionsOp.clearFlags");
        SkipOptionalUInt32(ref reader, "SetOptionsOp.setFlags");
        SkipOptionalUInt32(ref reader, "SetOptionsOp.masterWeight");
        SkipOptionalUInt32(ref reader, "SetOptionsOp.lowThreshold");
        SkipOptionalUInt32(ref reader, "SetOptionsOp.medThreshold");
        SkipOptionalUInt32(ref reader, "SetOptionsOp.highThreshold");
        if (reader.ReadOptionalFlag("SetOptionsOp.homeDomain"))
            reader.ReadString(XdrLimits.HomeDomainBytes, "SetOptionsOp.homeDomain");
        if (reader.ReadOptionalFlag("SetOptionsOp.signer"))
        {
            ReadSignerKey(ref reader);
            reader.Skip(4, "Signer.weight");
        }
    }

    private static void SkipOptionalUInt32(ref XdrReader reader, string field)
    {
        if (reader.ReadOptionalFlag(field))
            reader.Skip(sizeof(uint), field);
    }

    private static void ReadChangeTrustAsset(ref XdrReader reader)
    {
        switch ((AssetType)reader.ReadDiscriminant((int)AssetType.PoolShare, "ChangeTrustAsset.type"))
        {
            case AssetType.CreditAlphanum4:
                reader.Skip(4, "ChangeTrustAsset.assetCode");
                LedgerWalk.ReadAccountId(ref reader);
                break;
            case AssetType.CreditAlphanum12:
                reader.Skip(12, "ChangeTrustAsset.assetCode");
                LedgerWalk.ReadAccountId(ref reader);
                break;
            case AssetType.PoolShare:
                reader.ReadDiscriminant(0, "LiquidityPoolParameters.type");
                LedgerWalk.ReadAsset(ref reader);
                LedgerWalk.ReadAsset(ref reader);
                reader.Skip(4, "LiquidityPoolConstantProductParameters.fee");
                break;
        }
    }

    private static void ReadAllowTrust(ref XdrReader reader)
    {
        LedgerWalk.ReadAccountId(ref reader);
        int type = reader.ReadInt32("AssetCode.type");
        if (type is not ((int)AssetType.CreditAlphanum4 or (int)AssetType.CreditAlphanum12))
            XdrThrow.NotAmong("AssetCode.type", reader.Position - 4, type, "1 and 2");
        reader.Skip(type == (int)AssetType.CreditAlphanum4 ? 4 : 12, "AssetCode.assetCode");
        reader.Skip(4, "AllowTrustOp.authorize");
    }

    private static void ReadCreateClaimableBalance(ref XdrReader reader)
    {
        LedgerWalk.ReadAsset(ref reader);
        reader.Skip(8, "CreateClaimableBalanceOp.amount");
        int count = reader.ReadCount(XdrLimits.MinClaimantBytes, XdrLimits.Claimants, "CreateClaimableBalanceOp.claimants");
        for (int claimant = 0; claimant < count; claimant++)
        {
            reader.ReadDiscriminant(0, "Claimant.type");
            LedgerWalk.ReadAccountId(ref reader);
            LedgerWalk.ReadPredicate(ref reader, depth: 1);
        }
    }

    private static void ReadBalanceId(ref XdrReader reader)
    {
        reader.ReadDiscriminant(0, "ClaimableBalanceID.type");
        reader.Skip(Wire.HashBytes, "ClaimableBalanceID.v0");
    }

    private static void ReadRevokeSponsorship(ref XdrReader reader, ReadOnlySpan<byte> ledger, LedgerLayout layout)
    {
        if (reader.ReadDiscriminant(1, "RevokeSponsorshipOp.type") == 0)
        {
            ChangeWalk.SkipKey(ref reader, ledger, layout);
            return;
        }

        LedgerWalk.ReadAccountId(ref reader);
        ReadSignerKey(ref reader);
    }
}
