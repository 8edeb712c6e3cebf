using System.Buffers.Text;
using System.Globalization;
using StellarPipeline.Postgres.Rows;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>Numbers state changes, encodes their rows, and adds their accounts to the account tables.</summary>
/// <remarks>
/// state_change_id = base of the stream + ordinal. Ordinals count from 1 within an operation and stream; rows without account do not count.
/// Rows are written in the order of the primary key: transaction, operation, stream.
/// </remarks>
internal sealed class StateChangeWriter(RowPageWriter rows, AccountLinks links)
{
    private const long LimitUnit = 10_000_000;
    private const int MaxNumberBytes = 48;

    private long createdAt;
    private int ledger;
    private long transactionId;
    private long operationId;
    private long stream;
    private int ordinal;

    /// <summary>Rows written.</summary>
    public long Count { get; private set; }

    public void BeginLedger(int number, long createdAtMicroseconds)
    {
        ledger = number;
        createdAt = createdAtMicroseconds;
    }

    /// <param name="transaction">Id of the transaction.</param>
    /// <param name="operation">Id of the operation; 0 for changes that belong to none.</param>
    public void BeginOperation(long transaction, long operation)
    {
        transactionId = transaction;
        operationId = operation;
        BeginStream(StateChangeStream.TokenTransfers);
    }

    /// <param name="streamBase">A constant of <see cref="StateChangeStream"/>.</param>
    public void BeginStream(long streamBase)
    {
        stream = streamBase;
        ordinal = 0;
    }

    public void Write(scoped in StateChange change)
    {
        if (change.Account.IsNobody) return;
        links.Add(change.Account);
        ordinal++;
        Count++;
        rows.BeginRow();
        rows.WriteTimestamp(createdAt);
        rows.WriteInt64(transactionId);
        rows.WriteInt64(operationId);
        rows.WriteInt64(stream + ordinal);
        rows.WriteText(change.Category);
        rows.WriteText(change.Reason);
        rows.WriteInt32(ledger);
        WriteParty(change.Account);
        if (change.Token.IsEmpty) rows.WriteNull();
        else rows.WriteBytes((byte)Xdr.StrKeyKind.Contract, change.Token);
        WriteAmount(change.Amount);
        WriteParty(change.Signer);
        rows.WriteNull();
        WriteParty(change.Creator);
        WriteParty(change.Destination);
        WritePool(change.Pool);
        WriteSmall(change.SignerWeightOld);
        WriteSmall(change.SignerWeightNew);
        WriteTextOrNull(change.Threshold);
        WriteSmall(change.ThresholdOld);
        WriteSmall(change.ThresholdNew);
        WriteAmount(change.LimitOld);
        WriteLimit(change.LimitNew);
        WriteSmall(change.Flags == 0 ? null : change.Flags);
        WriteTextOrNull(change.DataName);
        if (change.KeyValue.IsEmpty) rows.WriteNull();
        else rows.WriteJsonb(change.KeyValue);
        rows.WriteNull();
        rows.EndRow();
    }

    private void WriteParty(Party party)
    {
        if (party.IsNobody) rows.WriteNull();
        else rows.WriteBytes((byte)party.Kind, party.Key);
    }

    private void WriteTextOrNull(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) rows.WriteNull();
        else rows.WriteText(text);
    }

    private void WriteSmall(int? value)
    {
        if (value is { } number) rows.WriteInt16((short)number);
        else rows.WriteNull();
    }

    private void WriteAmount(Int128? amount)
    {
        if (amount is not { } number)
        {
            rows.WriteNull();
            return;
        }

        Span<byte> text = stackalloc byte[MaxNumberBytes];
        int length;
        if (number == (long)number) Utf8Formatter.TryFormat((long)number, text, out length);
        else number.TryFormat(text, out length, default, CultureInfo.InvariantCulture);
        rows.WriteText(text[..length]);
    }

    private void WriteLimit(long? limit)
    {
        if (limit is not { } number)
        {
            rows.WriteNull();
            return;
        }

        Span<byte> text = stackalloc byte[MaxNumberBytes];
        int length = 0;
        if (number < 0) text[length++] = (byte)'-';
        var magnitude = (UInt128)Int128.Abs(number);
        Utf8Formatter.TryFormat((ulong)(magnitude / LimitUnit), text[length..], out int written);
        length += written;
        text[length++] = (byte)'.';
        Utf8Formatter.TryFormat((ulong)(magnitude % LimitUnit), text[length..], out written, new System.Buffers.StandardFormat('D', 7));
        rows.WriteText(text[..(length + written)]);
    }

    private void WritePool(ReadOnlySpan<byte> pool)
    {
        if (pool.IsEmpty)
        {
            rows.WriteNull();
            return;
        }

        Span<byte> text = stackalloc byte[64];
        Convert.TryToHexStringLower(pool, text, out _);
        rows.WriteText(text);
    }
}
