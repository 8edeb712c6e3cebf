using System.Runtime.CompilerServices;

namespace StellarPipeline.Xdr.Values;

/// <summary>stellar-core's order of encoded SCAddress and SCVal values.</summary>
/// <remarks>
/// The rules that xdrpp generates (xdrpp/types.h): unions by discriminant, then arm; structs field by field; signed integers signed;
/// opaque data and strings byte by byte and arrays element by element, a proper prefix first; an absent optional before a present one.
/// Both readers step over equal bytes together, so the work is linear in the shorter key. Recursion is bounded by
/// <see cref="XdrLimits.ScValDepth"/>. A result other than 0 leaves the readers inside their values.
/// </remarks>
internal static class ScValOrder
{
    private const int ScValTypeLast = (int)ScValType.ExecutableTag;

    public static int CompareAddress(ref XdrReader left, ref XdrReader right)
    {
        int type = left.ReadDiscriminant((int)ScAddressType.MuxedContract, "SCAddress.type");
        int order = type.CompareTo(right.ReadDiscriminant((int)ScAddressType.MuxedContract, "SCAddress.type"));
        if (order != 0)
            return order;

        // All arms are of fixed length, and every field in them compares like its bytes.
        int length = (ScAddressType)type switch
        {
            ScAddressType.Account or ScAddressType.ClaimableBalance => 36,
            ScAddressType.MuxedAccount or ScAddressType.MuxedContract => 40,
            _ => 32,
        };
        return CompareBytes(ref left, ref right, length, "SCAddress.value");
    }

    public static int CompareValue(ref XdrReader left, ref XdrReader right, int depth)
    {
        left.EnsureDepth(depth, XdrLimits.ScValDepth, "SCVal.type");
        int type = left.ReadDiscriminant(ScValTypeLast, "SCVal.type");
        int order = type.CompareTo(right.ReadDiscriminant(ScValTypeLast, "SCVal.type"));
        if (order != 0)
            return order;

        switch ((ScValType)type)
        {
            case ScValType.Void:
            case ScValType.LedgerKeyContractInstance:
                return 0;
            case ScValType.Bool:
            case ScValType.UInt32:
                return left.ReadUInt32("SCVal.u32").CompareTo(right.ReadUInt32("SCVal.u32"));
            case ScValType.Int32:
                return left.ReadInt32("SCVal.i32").CompareTo(right.ReadInt32("SCVal.i32"));
            case ScValType.UInt64:
            case ScValType.Timepoint:
            case ScValType.Duration:
            case ScValType.Error: // type, code: two non-negative 32-bit numbers
                return left.ReadUInt64("SCVal.u64").CompareTo(right.ReadUInt64("SCVal.u64"));
            case ScValType.Int64:
            case ScValType.LedgerKeyNonce:
                return left.ReadInt64("SCVal.i64").CompareTo(right.ReadInt64("SCVal.i64"));
            case ScValType.UInt128:
                return CompareBytes(ref left, ref right, 16, "SCVal.u128");
            case ScValType.Int128:
                order = left.ReadInt64("SCVal.i128").CompareTo(right.ReadInt64("SCVal.i128"));
                return order != 0 ? order : left.ReadUInt64("SCVal.i128").CompareTo(right.ReadUInt64("SCVal.i128"));
            case ScValType.UInt256:
                return CompareBytes(ref left, ref right, 32, "SCVal.u256");
            case ScValType.Int256:
                order = left.ReadInt64("SCVal.i256").CompareTo(right.ReadInt64("SCVal.i256"));
                return order != 0 ? order : CompareBytes(ref left, ref right, 24, "SCVal.i256");
            case ScValType.Bytes:
            case ScValType.String:
            case ScValType.ExecutableTag:
                return CompareOpaque(ref left, ref right, int.MaxValue, "SCVal.bytes");
            case ScValType.Symbol:
                return CompareOpaque(ref left, ref right, XdrLimits.SymbolBytes, "SCVal.sym");
            case ScValType.Vec:
                return CompareOptionalArray(ref left, ref right, valuesPerElement: 1, depth);
            case ScValType.Map:
                return CompareOptionalArray(ref left, ref right, valuesPerElement: 2, depth);
            case ScValType.Address:
                return CompareAddress(ref left, ref right);
            default:
                order = CompareExecutable(ref left, ref right);
                return order != 0 ? order : CompareOptionalArray(ref left, ref right, valuesPerElement: 2, depth);
        }
    }

    private static int CompareOptionalArray(ref XdrReader left, ref XdrReader right, int valuesPerElement, int depth)
    {
        bool isPresent = left.ReadOptionalFlag("SCVal.optional");
        int order = isPresent.CompareTo(right.ReadOptionalFlag("SCVal.optional"));
        if (order != 0 || !isPresent)
            return order;

        int leftCount = left.ReadCount(valuesPerElement * XdrLimits.MinScValBytes, int.MaxValue, "SCVal.count");
        int rightCount = right.ReadCount(valuesPerElement * XdrLimits.MinScValBytes, int.MaxValue, "SCVal.count");
        long values = (long)Math.Min(leftCount, rightCount) * valuesPerElement;
        for (long index = 0; index < values; index++)
        {
            order = CompareValue(ref left, ref right, depth + 1);
            if (order != 0)
                return order;
        }

        return leftCount.CompareTo(rightCount);
    }

    private static int CompareExecutable(ref XdrReader left, ref XdrReader right)
    {
        const int last = (int)ContractExecutableType.ExternalReference;
        int type = left.ReadDiscriminant(last, "ContractExecutable.type");
        int order = type.CompareTo(right.ReadDiscriminant(last, "ContractExecutable.type"));
        if (order != 0 || type == (int)ContractExecutableType.StellarAsset)
            return order;
        if (type == (int)ContractExecutableType.Wasm)
            return CompareBytes(ref left, ref right, 32, "ContractExecutable.wasm_hash");
        order = CompareAddress(ref left, ref right);
        return order != 0 ? order : CompareOpaque(ref left, ref right, int.MaxValue, "ContractExecutableExternalRef.tag");
    }

    private static int CompareOpaque(ref XdrReader left, ref XdrReader right, int maxLength, string field) =>
        left.ReadVariableOpaque(maxLength, field).SequenceCompareTo(right.ReadVariableOpaque(maxLength, field));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CompareBytes(ref XdrReader left, ref XdrReader right, int length, string field) =>
        left.ReadFixedOpaque(length, field).SequenceCompareTo(right.ReadFixedOpaque(length, field));
}
