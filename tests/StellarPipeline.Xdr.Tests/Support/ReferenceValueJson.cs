using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using StellarPipeline.Xdr.Values;
using static StellarPipeline.Xdr.Tests.Support.ReferenceText;

namespace StellarPipeline.Xdr.Tests.Support;

/// <summary>Says about a contract value, read through our views, what the reference decoder says about it.</summary>
/// <remarks>The arms of protocol 28, which the reference decoder does not know yet, are spelt as it would spell them.</remarks>
internal static class ReferenceValueJson
{
    private static readonly string[] ErrorTypes =
        ["contract", "wasm_vm", "context", "storage", "object", "crypto", "events", "budget", "value", "auth"];

    private static readonly string[] ErrorCodes =
    [
        "arith_domain", "index_bounds", "invalid_input", "missing_value", "existing_value",
        "exceeded_limit", "invalid_action", "internal_error", "unexpected_type", "unexpected_size",
    ];

    public static JsonNode Value(ScValView value) => value.Type switch
    {
        ScValType.Bool => Arm("bool", value.AsBool()),
        ScValType.Void => "void",
        ScValType.Error => Error(value.AsError()),
        ScValType.UInt32 => Arm("u32", value.AsUInt32()),
        ScValType.Int32 => Arm("i32", value.AsInt32()),
        ScValType.UInt64 => Arm("u64", Long(value.AsUInt64())),
        ScValType.Int64 => Arm("i64", Long(value.AsInt64())),
        ScValType.Timepoint => Arm("timepoint", Long(value.AsUInt64())),
        ScValType.Duration => Arm("duration", Long(value.AsUInt64())),
        ScValType.UInt128 => Arm("u128", value.AsUInt128().ToString(CultureInfo.InvariantCulture)),
        ScValType.Int128 => Arm("i128", value.AsInt128().ToString(CultureInfo.InvariantCulture)),
        ScValType.UInt256 =>
            Arm("u256", new BigInteger(value.As256Bits(), isUnsigned: true, isBigEndian: true).ToString(CultureInfo.InvariantCulture)),
        ScValType.Int256 =>
            Arm("i256", new BigInteger(value.As256Bits(), isUnsigned: false, isBigEndian: true).ToString(CultureInfo.InvariantCulture)),
        ScValType.Bytes => Arm("bytes", Hex(value.AsBytes())),
        ScValType.String => Arm("string", Escaped(value.AsBytes())),
        ScValType.Symbol => Arm("symbol", Escaped(value.AsBytes())),
        ScValType.Vec => Arm("vec", value.IsPresent ? Elements(value) : null),
        ScValType.Map => Arm("map", value.IsPresent ? Entries(value.Entries, value.Count) : null),
        ScValType.Address => Arm("address", StrKey.Encode(value.AsAddress())),
        ScValType.ContractInstance => Arm("contract_instance", Instance(value.AsInstance())),
        ScValType.LedgerKeyContractInstance => "ledger_key_contract_instance",
        ScValType.LedgerKeyNonce => Arm("ledger_key_nonce", new JsonObject { ["nonce"] = Long(value.AsNonce()) }),
        _ => Arm("executable_tag", Escaped(value.AsBytes())),
    };

    private static JsonObject Error(ScError error) =>
        Arm("error", Arm(ErrorTypes[(int)error.Type], error.Type == ScErrorType.Contract ? error.Code : ErrorCodes[(int)error.Code]));

    private static JsonArray Elements(ScValView value)
    {
        var array = new JsonArray();
        foreach (ScValView element in value.Elements)
            array.Add(Value(element));
        Assert.Equal(value.Count, array.Count);
        return array;
    }

    private static JsonArray Entries(ScMapEntries entries, int count)
    {
        var array = new JsonArray();
        foreach (ScMapEntryView entry in entries)
            array.Add(new JsonObject { ["key"] = Value(entry.Key), ["val"] = Value(entry.Value) });
        Assert.Equal(count, array.Count);
        return array;
    }

    private static JsonObject Instance(ContractInstanceView instance) => new()
    {
        ["executable"] = instance.ExecutableType switch
        {
            ContractExecutableType.Wasm => Arm("wasm", Hex(instance.WasmHash)),
            ContractExecutableType.StellarAsset => "stellar_asset",
            _ =>
                Arm("external_ref", new JsonObject
                {
                    ["executable_owner"] = StrKey.Encode(instance.ReferenceOwner),
                    ["tag"] = Escaped(instance.ReferenceTag),
                }),
        },
        ["storage"] = instance.HasStorage ? Entries(instance.Storage, instance.StorageCount) : null,
    };
}
