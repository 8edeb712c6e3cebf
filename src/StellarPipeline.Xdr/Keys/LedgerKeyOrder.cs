using System.Buffers.Binary;
using StellarPipeline.Xdr.Entries;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Keys;

/// <summary>The order of entries in a bucket: stellar-core's order of ledger keys.</summary>
/// <remarks>
/// First by type, then field by field (stellar-core src/bucket/LedgerCmp.h, xdrpp types.h). For most types this equals comparing the
/// encoded bytes. Exceptions are DATA, whose names are compared without their length prefix, and CONTRACT_DATA, whose keys contain lengths,
/// counts and signed integers.
/// </remarks>
public static class LedgerKeyOrder
{
    private const int PrefixBytes = 12;

    /// <summary>Compares two keys.</summary>
    /// <param name="leftType">Type of the left key.</param>
    /// <param name="leftKeyBody">Body of the left key, found with <see cref="LedgerKeyLocation"/>.</param>
    /// <param name="rightType">Type of the right key.</param>
    /// <param name="rightKeyBody">Body of the right key.</param>
    /// <returns>Negative if left sorts first, positive if right sorts first, 0 if the keys are the same.</returns>
    /// <exception cref="XdrFormatException">A body is malformed and was never checked. Bytes outside the bodies are never read.</exception>
    public static int Compare(
        LedgerEntryType leftType, ReadOnlySpan<byte> leftKeyBody, LedgerEntryType rightType, ReadOnlySpan<byte> rightKeyBody)
    {
        if (leftType != rightType)
            return leftType < rightType ? -1 : 1;

        // The first 12 bytes of every body except CONFIG_SETTING's are a discriminant and 8 bytes of a hash, key or id, or 12 bytes of a
        // hash. For every type they compare as unsigned big-endian numbers, and they nearly always decide.
        if (leftKeyBody.Length >= PrefixBytes && rightKeyBody.Length >= PrefixBytes)
        {
            uint leftHead = BinaryPrimitives.ReadUInt32BigEndian(leftKeyBody);
            uint rightHead = BinaryPrimitives.ReadUInt32BigEndian(rightKeyBody);
            if (leftHead != rightHead)
                return leftHead < rightHead ? -1 : 1;
            ulong leftPrefix = BinaryPrimitives.ReadUInt64BigEndian(leftKeyBody[4..]);
            ulong rightPrefix = BinaryPrimitives.ReadUInt64BigEndian(rightKeyBody[4..]);
            if (leftPrefix != rightPrefix)
                return leftPrefix < rightPrefix ? -1 : 1;
        }

        return leftType switch
        {
            LedgerEntryType.Data => CompareData(leftKeyBody, rightKeyBody),
            LedgerEntryType.Offer => CompareOffer(leftKeyBody, rightKeyBody),
            LedgerEntryType.ContractData => CompareContractData(leftKeyBody, rightKeyBody),
            _ => leftKeyBody.SequenceCompareTo(rightKeyBody),
        };
    }

    private static int CompareData(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var leftReader = new XdrReader(left);
        var rightReader = new XdrReader(right);
        int order = leftReader.ReadFixedOpaque(Wire.AccountIdBytes, "LedgerKey.accountID")
            .SequenceCompareTo(rightReader.ReadFixedOpaque(Wire.AccountIdBytes, "LedgerKey.accountID"));
        return order != 0
            ? order
            : leftReader.ReadString(XdrLimits.DataNameBytes, "LedgerKey.dataName")
                .SequenceCompareTo(rightReader.ReadString(XdrLimits.DataNameBytes, "LedgerKey.dataName"));
    }

    private static int CompareOffer(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var leftReader = new XdrReader(left);
        var rightReader = new XdrReader(right);
        int order = leftReader.ReadFixedOpaque(Wire.AccountIdBytes, "LedgerKey.sellerID")
            .SequenceCompareTo(rightReader.ReadFixedOpaque(Wire.AccountIdBytes, "LedgerKey.sellerID"));
        return order != 0
            ? order
            : leftReader.ReadInt64("LedgerKey.offerID").CompareTo(rightReader.ReadInt64("LedgerKey.offerID"));
    }

    private static int CompareContractData(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        var leftReader = new XdrReader(left);
        var rightReader = new XdrReader(right);
        int order = ScValOrder.CompareAddress(ref leftReader, ref rightReader);
        if (order == 0)
            order = ScValOrder.CompareValue(ref leftReader, ref rightReader, depth: 1);
        return order != 0
            ? order
            : leftReader.ReadDiscriminant(1, "LedgerKey.durability").CompareTo(rightReader.ReadDiscriminant(1, "LedgerKey.durability"));
    }
}
