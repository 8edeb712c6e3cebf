using System.Security.Cryptography;
using StellarPipeline.Generator.Xdr;
using StellarPipeline.Xdr.Entries;

namespace StellarPipeline.Generator.Entries;

/// <summary>Builds a CONTRACT_CODE entry.</summary>
internal sealed class ContractCodeBuilder : EntryBuilder
{
    /// <inheritdoc/>
    public override LedgerEntryType Type => LedgerEntryType.ContractCode;

    /// <summary>The code.</summary>
    public ReadOnlyMemory<byte> Code { get; set; }

    /// <summary>The key, 32 bytes; null takes the SHA-256 of the code, as legal entries do.</summary>
    public byte[]? Hash { get; set; }

    /// <summary>True writes extension 1: the ten cost inputs of protocol 21.</summary>
    public bool HasCostInputs { get; set; }

    /// <summary>The first cost input, the number of instructions; the other nine are derived from it.</summary>
    public uint InstructionCount { get; set; } = 100;

    /// <inheritdoc/>
    protected override void WriteBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteBool(HasCostInputs);
        if (HasCostInputs)
        {
            writer.WriteInt32(0);
            writer.WriteInt32(0);
            for (int input = 0; input < 10; input++) writer.WriteUInt32(InstructionCount >> input);
        }

        WriteKeyBody(writer);
        writer.WriteOpaque(Code.Span);
    }

    /// <inheritdoc/>
    protected override void WriteKeyBody(XdrWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (Hash is not null) writer.WriteFixedOpaque(Hash);
        else SHA256.HashData(Code.Span, writer.Take(32));
    }
}
