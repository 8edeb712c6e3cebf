using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Values;

namespace StellarPipeline.Fuzz.Tests.Walks;

/// <summary>Reads every field of an SCVal and of what lies in it.</summary>
internal static class ValueWalk
{
    public static void Visit(ScAddressView address, ref FieldSum sum)
    {
        Span<char> text = stackalloc char[StrKey.MuxedAccountChars];
        sum.Add((uint)address.Type);
        sum.Add(address.Payload);
        sum.Add(address.MuxedId);
        sum.Add((uint)StrKey.Encode(address, text));
    }

    public static void Visit(ScValView value, ref FieldSum sum)
    {
        sum.Add((uint)value.Type);
        switch (value.Type)
        {
            case ScValType.Bool:
                sum.Add(value.AsBool());
                break;
            case ScValType.Void:
            case ScValType.LedgerKeyContractInstance:
                break;
            case ScValType.Error:
                sum.Add((uint)value.AsError().Type ^ (ulong)value.AsError().Code);
                break;
            case ScValType.UInt32:
                sum.Add(value.AsUInt32());
                break;
            case ScValType.Int32:
                sum.Add((uint)value.AsInt32());
                break;
            case ScValType.UInt64:
            case ScValType.Timepoint:
            case ScValType.Duration:
                sum.Add(value.AsUInt64());
                break;
            case ScValType.Int64:
                sum.Add((ulong)value.AsInt64());
                break;
            case ScValType.UInt128:
                sum.Add((ulong)value.AsUInt128());
                break;
            case ScValType.Int128:
                sum.Add((ulong)value.AsInt128());
                break;
            case ScValType.UInt256:
            case ScValType.Int256:
                sum.Add(value.As256Bits());
                break;
            case ScValType.Bytes:
            case ScValType.String:
            case ScValType.Symbol:
            case ScValType.ExecutableTag:
                sum.Add(value.AsBytes());
                sum.Add(value.IsSymbol("Balance"u8));
                break;
            case ScValType.Vec:
                Elements(value, ref sum);
                break;
            case ScValType.Map:
                Assert.Equal(value.Count, Entries(value.Entries, ref sum));
                break;
            case ScValType.Address:
                Visit(value.AsAddress(), ref sum);
                break;
            case ScValType.ContractInstance:
                Instance(value.AsInstance(), ref sum);
                break;
            default:
                sum.Add((ulong)value.AsNonce());
                break;
        }
    }

    private static void Elements(ScValView value, ref FieldSum sum)
    {
        int elements = 0;
        foreach (ScValView element in value.Elements)
        {
            elements++;
            Visit(element, ref sum);
        }

        Assert.Equal(value.Count, elements);
    }

    private static int Entries(ScMapEntries entries, ref FieldSum sum)
    {
        int count = 0;
        foreach (ScMapEntryView entry in entries)
        {
            count++;
            Visit(entry.Key, ref sum);
            Visit(entry.Value, ref sum);
        }

        return count;
    }

    private static void Instance(ContractInstanceView instance, ref FieldSum sum)
    {
        sum.Add((uint)instance.ExecutableType);
        sum.Add(instance.WasmHash);
        if (instance.ExecutableType == ContractExecutableType.ExternalReference)
        {
            Visit(instance.ReferenceOwner, ref sum);
            sum.Add(instance.ReferenceTag);
        }

        sum.Add(instance.HasStorage);
        Assert.Equal(instance.StorageCount, Entries(instance.Storage, ref sum));
    }
}
