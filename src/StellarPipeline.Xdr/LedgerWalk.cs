using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr;

/// <summary>Checks the small structures that several entry types share, and skips them.</summary>
/// <remarks>Format: Stellar-ledger-entries.x.</remarks>
internal static class LedgerWalk
{
    public static void ReadAccountId(ref XdrReader reader)
    {
        reader.ReadDiscriminant(0, "PublicKey.type");
        reader.Skip(Wire.HashBytes, "PublicKey.ed25519");
    }

    public static void ReadAsset(ref XdrReader reader)
    {
        int type = reader.ReadDiscriminant((int)AssetType.CreditAlphanum12, "Asset.type");
        if (type == (int)AssetType.Native)
            return;
        reader.Skip(type == (int)AssetType.CreditAlphanum4 ? 4 : 12, "Asset.assetCode");
        ReadAccountId(ref reader);
    }

    public static void ReadPredicate(ref XdrReader reader, int depth)
    {
        reader.EnsureDepth(depth, XdrLimits.ClaimPredicateDepth, "ClaimPredicate.type");
        switch ((ClaimPredicateType)reader.ReadDiscriminant((int)ClaimPredicateType.BeforeRelativeTime, "ClaimPredicate.type"))
        {
            case ClaimPredicateType.And:
            case ClaimPredicateType.Or:
                int count = reader.ReadCount(XdrLimits.MinClaimPredicateBytes, XdrLimits.PredicateOperands, "ClaimPredicate.predicates");
                for (int index = 0; index < count; index++)
                    ReadPredicate(ref reader, depth + 1);
                break;
            case ClaimPredicateType.Not:
                if (reader.ReadOptionalFlag("ClaimPredicate.notPredicate"))
                    ReadPredicate(ref reader, depth + 1);
                break;
            case ClaimPredicateType.BeforeAbsoluteTime:
                reader.Skip(sizeof(long), "ClaimPredicate.absBefore");
                break;
            case ClaimPredicateType.BeforeRelativeTime:
                reader.Skip(sizeof(long), "ClaimPredicate.relBefore");
                break;
        }
    }

    /// <summary>Length in bytes of a checked ClaimPredicate.</summary>
    /// <param name="bytes">Bytes that start with the predicate.</param>
    public static int MeasurePredicate(ReadOnlySpan<byte> bytes)
    {
        int offset = 0;
        for (int pending = 1; pending > 0; pending--)
        {
            var type = (ClaimPredicateType)Wire.Int32(bytes, offset);
            offset += 4;
            switch (type)
            {
                case ClaimPredicateType.And:
                case ClaimPredicateType.Or:
                case ClaimPredicateType.Not:
                    // A count, or a flag of 0 or 1: in both cases the number of predicates that follow.
                    pending += Wire.Int32(bytes, offset);
                    offset += 4;
                    break;
                case ClaimPredicateType.BeforeAbsoluteTime:
                case ClaimPredicateType.BeforeRelativeTime:
                    offset += sizeof(long);
                    break;
            }
        }

        return offset;
    }
}
