using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Xdr.Ledgers.Walks;

/// <summary>Checks host functions and their authorization, and skips them.</summary>
/// <remarks>
/// Format: <c>InvokeHostFunctionOp</c> in Stellar-transaction.x. Trees of invocations and of delegates are encoded parents before children,
/// so a count of the remaining nodes replaces a stack: no depth can exhaust it.
/// </remarks>
internal static class HostFunctionWalk
{
    private const int MinEntryBytes = 20;
    private const int MinInvocationBytes = 16;
    private const int MinDelegateBytes = 44;

    /// <summary>Skips a HostFunction.</summary>
    public static void ReadHostFunction(ref XdrReader reader)
    {
        switch ((HostFunctionType)reader.ReadDiscriminant((int)HostFunctionType.CreateContractV2, "HostFunction.type"))
        {
            case HostFunctionType.InvokeContract:
                ReadInvocationArguments(ref reader);
                break;
            case HostFunctionType.CreateContract:
                ReadCreate(ref reader, hasArguments: false);
                break;
            case HostFunctionType.UploadWasm:
                reader.ReadVariableOpaque(int.MaxValue, "HostFunction.wasm");
                break;
            case HostFunctionType.CreateContractV2:
                ReadCreate(ref reader, hasArguments: true);
                break;
        }
    }

    /// <summary>Skips the list of authorization entries.</summary>
    public static void ReadAuthorization(ref XdrReader reader)
    {
        int count = reader.ReadCount(MinEntryBytes, int.MaxValue, "InvokeHostFunctionOp.auth");
        for (int entry = 0; entry < count; entry++)
        {
            ReadCredentials(ref reader);
            for (long pending = 1; pending > 0; pending--)
            {
                ReadFunction(ref reader);
                pending += reader.ReadCount(MinInvocationBytes, int.MaxValue, "SorobanAuthorizedInvocation.subInvocations");
            }
        }
    }

    /// <summary>Skips SorobanCredentials.</summary>
    public static void ReadCredentials(ref XdrReader reader)
    {
        var kind = (CredentialsType)reader.ReadDiscriminant((int)CredentialsType.AddressWithDelegates, "SorobanCredentials.type");
        if (kind == CredentialsType.SourceAccount)
            return;
        ScValWalk.ReadAddress(ref reader);
        reader.Skip(sizeof(long), "SorobanAddressCredentials.nonce");
        reader.Skip(sizeof(uint), "SorobanAddressCredentials.signatureExpirationLedger");
        ScValWalk.ReadValue(ref reader, depth: 1);
        if (kind != CredentialsType.AddressWithDelegates)
            return;
        for (long pending = reader.ReadCount(MinDelegateBytes, int.MaxValue,
            "SorobanAddressCredentialsWithDelegates.delegates"); pending > 0; pending--)
        {
            ScValWalk.ReadAddress(ref reader);
            ScValWalk.ReadValue(ref reader, depth: 1);
            pending += reader.ReadCount(MinDelegateBytes, int.MaxValue, "SorobanDelegateSignature.nestedDelegates");
        }
    }

    /// <summary>Skips a SorobanAuthorizedFunction.</summary>
    public static void ReadFunction(ref XdrReader reader)
    {
        switch (reader.ReadDiscriminant(2, "SorobanAuthorizedFunction.type"))
        {
            case 0:
                ReadInvocationArguments(ref reader);
                break;
            case 1:
                ReadCreate(ref reader, hasArguments: false);
                break;
            default:
                ReadCreate(ref reader, hasArguments: true);
                break;
        }
    }

    /// <summary>Skips a ContractIDPreimage.</summary>
    public static void ReadPreimage(ref XdrReader reader)
    {
        if (reader.ReadDiscriminant(1, "ContractIDPreimage.type") == 0)
        {
            ScValWalk.ReadAddress(ref reader);
            reader.Skip(Wire.HashBytes, "ContractIDPreimage.salt");
        }
        else
        {
            LedgerWalk.ReadAsset(ref reader);
        }
    }

    private static void ReadInvocationArguments(ref XdrReader reader)
    {
        ScValWalk.ReadAddress(ref reader);
        reader.ReadString(XdrLimits.SymbolBytes, "InvokeContractArgs.functionName");
        ReadValues(ref reader, "InvokeContractArgs.args");
    }

    private static void ReadCreate(ref XdrReader reader, bool hasArguments)
    {
        ReadPreimage(ref reader);
        ScValWalk.ReadExecutable(ref reader);
        if (hasArguments)
            ReadValues(ref reader, "CreateContractArgsV2.constructorArgs");
    }

    private static void ReadValues(ref XdrReader reader, string field)
    {
        int count = reader.ReadCount(XdrLimits.MinScValBytes, int.MaxValue, field);
        for (int value = 0; value < count; value++)
            ScValWalk.ReadValue(ref reader, depth: 1);
    }
}
