namespace StellarPipeline.Xdr.Values;

/// <summary>Checks encoded SCAddress, SCVal and ContractExecutable values and skips them.</summary>
/// <remarks>Format: Stellar-contract.x. Recursion is limited by <see cref="XdrLimits.ScValDepth"/>; work is linear in the bytes.</remarks>
internal static class ScValWalk
{
    private const int ScValTypeLast = (int)ScValType.ExecutableTag;
    private const int ErrorTypeLast = 9;
    private const int ErrorCodeLast = 9;

    /// <summary>Checks and skips one value.</summary>
    /// <param name="reader">Positioned at the value's discriminant; ends after the value.</param>
    /// <param name="depth">Level of this value; the outermost is 1.</param>
    /// <param name="isKey">True for the key of contract data, which cannot contain a muxed contract at any depth (CAP-84).</param>
    public static void ReadValue(ref XdrReader reader, int depth, bool isKey = false)
    {
        reader.EnsureDepth(depth, XdrLimits.ScValDepth, "SCVal.type");
        switch ((ScValType)reader.ReadDiscriminant(ScValTypeLast, "SCVal.type"))
        {
            case ScValType.Bool:
                reader.ReadBool("SCVal.b");
                break;
            case ScValType.Void:
            case ScValType.LedgerKeyContractInstance:
                break;
            case ScValType.Error:
                if (reader.ReadDiscriminant(ErrorTypeLast, "SCError.type") == 0)
                    reader.ReadUInt32("SCError.contractCode");
                else
                    reader.ReadDiscriminant(ErrorCodeLast, "SCError.code");
                break;
            case ScValType.UInt32:
                reader.Skip(4, "SCVal.u32");
                break;
            case ScValType.Int32:
                reader.Skip(4, "SCVal.i32");
                break;
            case ScValType.UInt64:
                reader.Skip(8, "SCVal.u64");
                break;
            case ScValType.Int64:
                reader.Skip(8, "SCVal.i64");
                break;
            case ScValType.Timepoint:
                reader.Skip(8, "SCVal.timepoint");
                break;
            case ScValType.Duration:
                reader.Skip(8, "SCVal.duration");
                break;
            case ScValType.UInt128:
                reader.Skip(16, "SCVal.u128");
                break;
            case ScValType.Int128:
                reader.Skip(16, "SCVal.i128");
                break;
            case ScValType.UInt256:
                reader.Skip(32, "SCVal.u256");
                break;
            case ScValType.Int256:
                reader.Skip(32, "SCVal.i256");
                break;
            case ScValType.Bytes:
                reader.ReadVariableOpaque(int.MaxValue, "SCVal.bytes");
                break;
            case ScValType.String:
                reader.ReadString(int.MaxValue, "SCVal.str");
                break;
            case ScValType.Symbol:
                reader.ReadString(XdrLimits.SymbolBytes, "SCVal.sym");
                break;
            case ScValType.Vec:
                if (reader.ReadOptionalFlag("SCVal.vec"))
                {
                    int count = reader.ReadCount(XdrLimits.MinScValBytes, int.MaxValue, "SCVec.count");
                    for (int index = 0; index < count; index++)
                        ReadValue(ref reader, depth + 1, isKey);
                }

                break;
            case ScValType.Map:
                ReadOptionalMap(ref reader, depth, isKey, "SCVal.map");
                break;
            case ScValType.Address:
                ReadAddress(ref reader, isKey);
                break;
            case ScValType.ContractInstance:
                ReadExecutable(ref reader, isKey);
                ReadOptionalMap(ref reader, depth, isKey, "SCContractInstance.storage");
                break;
            case ScValType.LedgerKeyNonce:
                reader.Skip(8, "SCNonceKey.nonce");
                break;
            case ScValType.ExecutableTag:
                reader.ReadString(int.MaxValue, "SCVal.executable_tag");
                break;
        }
    }

    /// <summary>Checks and skips one address.</summary>
    /// <param name="reader">Positioned at the address's discriminant; ends after the address.</param>
    /// <param name="isKey">True in the key of contract data, which cannot contain a muxed contract (CAP-84).</param>
    public static void ReadAddress(ref XdrReader reader, bool isKey = false)
    {
        int start = reader.Position;
        switch ((ScAddressType)reader.ReadDiscriminant((int)ScAddressType.MuxedContract, "SCAddress.type"))
        {
            case ScAddressType.Account:
                reader.ReadDiscriminant(0, "PublicKey.type");
                reader.Skip(32, "PublicKey.ed25519");
                break;
            case ScAddressType.Contract:
                reader.Skip(32, "SCAddress.contractId");
                break;
            case ScAddressType.MuxedAccount:
                reader.Skip(8, "MuxedEd25519Account.id");
                reader.Skip(32, "MuxedEd25519Account.ed25519");
                break;
            case ScAddressType.ClaimableBalance:
                reader.ReadDiscriminant(0, "ClaimableBalanceID.type");
                reader.Skip(32, "ClaimableBalanceID.v0");
                break;
            case ScAddressType.LiquidityPool:
                reader.Skip(32, "SCAddress.liquidityPoolId");
                break;
            case ScAddressType.MuxedContract:
                if (isKey)
                    reader.Refuse(start, "The key of contract data contains a muxed contract, which is not allowed.", "SCAddress.type");
                reader.Skip(8, "MuxedContract.id");
                reader.Skip(32, "MuxedContract.contractId");
                break;
        }
    }

    /// <summary>
    /// Length in bytes of a checked value. Neither recursive nor checking: only for values that <see cref="ReadValue"/> has checked.
    /// </summary>
    /// <param name="bytes">Bytes that start with the value.</param>
    public static int Measure(ReadOnlySpan<byte> bytes)
    {
        int offset = 0;
        for (long pending = 1; pending > 0; pending--)
        {
            var type = (ScValType)Wire.Int32(bytes, offset);
            offset += 4;
            switch (type)
            {
                case ScValType.Bool:
                case ScValType.UInt32:
                case ScValType.Int32:
                    offset += 4;
                    break;
                case ScValType.Error:
                case ScValType.UInt64:
                case ScValType.Int64:
                case ScValType.Timepoint:
                case ScValType.Duration:
                case ScValType.LedgerKeyNonce:
                    offset += 8;
                    break;
                case ScValType.UInt128:
                case ScValType.Int128:
                    offset += 16;
                    break;
                case ScValType.UInt256:
                case ScValType.Int256:
                    offset += 32;
                    break;
                case ScValType.Bytes:
                case ScValType.String:
                case ScValType.Symbol:
                case ScValType.ExecutableTag:
                    offset += 4 + Wire.Padded(Wire.Int32(bytes, offset));
                    break;
                case ScValType.Vec:
                    pending += MeasureOptionalCount(bytes, ref offset);
                    break;
                case ScValType.Map:
                    pending += 2L * MeasureOptionalCount(bytes, ref offset);
                    break;
                case ScValType.Address:
                    offset += ScAddressView.Measure(bytes[offset..]);
                    break;
                case ScValType.ContractInstance:
                    offset += MeasureExecutable(bytes[offset..]);
                    pending += 2L * MeasureOptionalCount(bytes, ref offset);
                    break;
            }
        }

        return offset;
    }

    /// <summary>Length in bytes of a checked ContractExecutable.</summary>
    /// <param name="bytes">Bytes that start with the executable.</param>
    public static int MeasureExecutable(ReadOnlySpan<byte> bytes)
    {
        switch ((ContractExecutableType)Wire.Int32(bytes, 0))
        {
            case ContractExecutableType.Wasm:
                return 4 + Wire.HashBytes;
            case ContractExecutableType.ExternalReference:
                int tag = 4 + ScAddressView.Measure(bytes[4..]);
                return tag + 4 + Wire.Padded(Wire.Int32(bytes, tag));
            default:
                return 4;
        }
    }

    // Skips the flag of an optional array and, if it is present, its count, which it returns.
    private static int MeasureOptionalCount(ReadOnlySpan<byte> bytes, ref int offset)
    {
        bool isPresent = Wire.Int32(bytes, offset) != 0;
        int count = isPresent ? Wire.Int32(bytes, offset + 4) : 0;
        offset += isPresent ? 8 : 4;
        return count;
    }

    private static void ReadOptionalMap(ref XdrReader reader, int depth, bool isKey, string field)
    {
        if (!reader.ReadOptionalFlag(field))
            return;
        int count = reader.ReadCount(XdrLimits.MinScMapEntryBytes, int.MaxValue, "SCMap.count");
        for (int index = 0; index < count; index++)
        {
            ReadValue(ref reader, depth + 1, isKey);
            ReadValue(ref reader, depth + 1, isKey);
        }
    }

    /// <summary>Checks and skips one ContractExecutable.</summary>
    /// <param name="reader">Positioned at its discriminant; ends after it.</param>
    /// <param name="isKey">True in a contract-data key.</param>
    public static void ReadExecutable(ref XdrReader reader, bool isKey = false)
    {
        switch (reader.ReadDiscriminant((int)ContractExecutableType.ExternalReference, "ContractExecutable.type"))
        {
            case (int)ContractExecutableType.Wasm:
                reader.Skip(32, "ContractExecutable.wasm_hash");
                break;
            case (int)ContractExecutableType.ExternalReference:
                ReadAddress(ref reader, isKey);
                reader.ReadString(int.MaxValue, "ContractExecutableExternalRef.tag");
                break;
        }
    }
}
