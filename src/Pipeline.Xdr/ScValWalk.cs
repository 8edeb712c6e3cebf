namespace Pipeline.Xdr;

/// <summary>Checks encoded SCAddress, SCVal and ContractExecutable values and steps over them.</summary>
/// <remarks>Format: Stellar-contract.x. Recursion is bounded by <see cref="XdrLimits.ScValDepth"/>; work is linear in the bytes.</remarks>
internal static class ScValWalk
{
    private const int ScValTypeLast = (int)ScValType.ExecutableTag;
    private const int ErrorTypeLast = 9;
    private const int ErrorCodeLast = 9;

    /// <summary>Checks and steps over one value.</summary>
    /// <param name="reader">Stands at the value's discriminant; ends behind the value.</param>
    /// <param name="depth">Level of this value; the outermost is 1.</param>
    public static void ReadValue(ref XdrReader reader, int depth)
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
                    int count = reader.ReadCount(XdrLimits.ScValBytesMin, int.MaxValue, "SCVec.count");
                    for (int index = 0; index < count; index++)
                        ReadValue(ref reader, depth + 1);
                }

                break;
            case ScValType.Map:
                ReadOptionalMap(ref reader, depth, "SCVal.map");
                break;
            case ScValType.Address:
                ReadAddress(ref reader);
                break;
            case ScValType.ContractInstance:
                ReadExecutable(ref reader);
                ReadOptionalMap(ref reader, depth, "SCContractInstance.storage");
                break;
            case ScValType.LedgerKeyNonce:
                reader.Skip(8, "SCNonceKey.nonce");
                break;
            case ScValType.ExecutableTag:
                reader.ReadString(int.MaxValue, "SCVal.executable_tag");
                break;
        }
    }

    /// <summary>Checks and steps over one address.</summary>
    /// <param name="reader">Stands at the address's discriminant; ends behind the address.</param>
    public static void ReadAddress(ref XdrReader reader)
    {
        switch ((ScAddressType)reader.ReadDiscriminant((int)ScAddressType.LiquidityPool, "SCAddress.type"))
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
        }
    }

    private static void ReadOptionalMap(ref XdrReader reader, int depth, string field)
    {
        if (!reader.ReadOptionalFlag(field))
            return;
        int count = reader.ReadCount(XdrLimits.ScMapEntryBytesMin, int.MaxValue, "SCMap.count");
        for (int index = 0; index < count; index++)
        {
            ReadValue(ref reader, depth + 1);
            ReadValue(ref reader, depth + 1);
        }
    }

    private static void ReadExecutable(ref XdrReader reader)
    {
        switch (reader.ReadDiscriminant((int)ContractExecutableType.ExternalReference, "ContractExecutable.type"))
        {
            case (int)ContractExecutableType.Wasm:
                reader.Skip(32, "ContractExecutable.wasm_hash");
                break;
            case (int)ContractExecutableType.ExternalReference:
                ReadAddress(ref reader);
                reader.ReadString(int.MaxValue, "ContractExecutableExternalRef.tag");
                break;
        }
    }
}
