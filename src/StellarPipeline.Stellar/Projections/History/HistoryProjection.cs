using System.Security.Cryptography;
using StellarPipeline.Postgres.Rows;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Stellar.Projections.History;

/// <summary>
/// Projects a ledger: its bytes go in, rows of the five history tables come out as COPY pages. They are the rows that
/// stellar/wallet-backend would write.
/// </summary>
/// <remarks>
/// One projection per worker; not thread-safe. Ledgers are independent of each other, so workers may take them in any order. The rows of
/// each table are written ledger by ledger, in the order that suits the table's primary key best. Nothing is allocated per transaction,
/// operation or row once arrays and pages are large enough.
/// Transactions are identified by their place, never by their hash: no row is lost if a hash repeats.
/// Order of work: <see cref="LedgerReader"/> checks everything; then the derivers of this folder run, transaction by transaction. Each
/// lists its rules.
/// Failure: a ledger that is not valid causes one error that names transaction, operation, field and byte; rows that were not taken before
/// are dropped.
/// </remarks>
public sealed class HistoryProjection : IDisposable
{
    private const long UnixToPostgresSeconds = 946_684_800;

    // 294276-12-31T23:59:59Z, the last second of PostgreSQL's timestamps.
    private const ulong MaxCloseTime = 9_224_318_015_999;
    private const int TransactionShift = 12;
    private const int MaxTransactions = (1 << 20) - 1;

    private readonly LedgerReader reader;
    private readonly RowPageWriter transactionRows;
    private readonly RowPageWriter transactionAccountRows;
    private readonly RowPageWriter operationRows;
    private readonly RowPageWriter operationAccountRows;
    private readonly RowPageWriter stateChangeRows;
    private readonly AccountLinks links;
    private readonly StateChangeWriter rows;
    private readonly OperationChanges changes = new();
    private readonly ParticipantDeriver participants;
    private readonly FeeDeriver fees;
    private readonly TransferDeriver transfers;
    private readonly EffectDeriver effects;
    private readonly DeploymentDeriver deployments;
    private readonly AssetAuthorizationDeriver authorizations;

    /// <summary>Creates a projection for the ledgers of one network.</summary>
    /// <param name="network">The network: hashes of transactions and ids of contracts depend on it.</param>
    /// <param name="pages">The pool of pages.</param>
    public HistoryProjection(StellarNetwork network, PagePool pages)
    {
        ArgumentNullException.ThrowIfNull(network);
        reader = new LedgerReader(network.Id);
        transactionRows = new RowPageWriter(HistoryTables.Transactions, pages);
        transactionAccountRows = new RowPageWriter(HistoryTables.TransactionsAccounts, pages);
        operationRows = new RowPageWriter(HistoryTables.Operations, pages);
        operationAccountRows = new RowPageWriter(HistoryTables.OperationsAccounts, pages);
        stateChangeRows = new RowPageWriter(HistoryTables.StateChanges, pages);
        links = new AccountLinks(transactionAccountRows, operationAccountRows);
        rows = new StateChangeWriter(stateChangeRows, links);
        var assets = new AssetIds(network);
        var eventAsset = new EventAsset(network, assets);
        var json = new KeyValueJson();
        var events = new TransferRows(rows, assets);
        participants = new ParticipantDeriver(links, new SponsorDeriver(links, changes), new ContractParticipantDeriver(links, network));
        fees = new FeeDeriver(rows, network, Counts);
        transfers = new TransferDeriver(
            events, changes, new PoolRedemptionDeriver(events, changes, assets), new ContractTransferDeriver(events, eventAsset, Counts),
            assets, network, Counts);
        effects = new EffectDeriver(rows, changes, new SetOptionsDeriver(rows, changes, json, Counts), assets, json);
        deployments = new DeploymentDeriver(rows, network);
        authorizations = new AssetAuthorizationDeriver(rows, changes, eventAsset, Counts);
    }

    /// <summary>Counts of what was written so far. After a rejected ledger they include part of it: a rejection ends the run.</summary>
    public HistoryCounts Counts { get; } = new();

    /// <summary>
    /// True accepts ledgers of a protocol newer than any known one, if they decode. Default false: their rules may differ.
    /// </summary>
    public bool AllowNewerProtocol { get; init; }

    /// <summary>Writes the rows of one ledger.</summary>
    /// <param name="ledger">Exactly one encoded LedgerCloseMeta.</param>
    /// <param name="location">Where the ledger came from, for messages.</param>
    /// <returns>Number of the ledger.</returns>
    /// <exception cref="LedgerRejectedException">The ledger is not valid. Rows that were not taken are dropped.</exception>
    public uint Project(ReadOnlySpan<byte> ledger, object? location = null) => Project(ledger, isWhole: true, location, out _);

    /// <summary>Writes the rows of the ledger at the start of a buffer, as in a batch of ledgers.</summary>
    /// <param name="ledger">Starts with an encoded LedgerCloseMeta; anything may follow.</param>
    /// <param name="location">Where the ledger came from, for messages.</param>
    /// <param name="length">Bytes of the ledger.</param>
    /// <returns>Number of the ledger.</returns>
    /// <exception cref="LedgerRejectedException">The ledger is not valid. Rows that were not taken are dropped.</exception>
    public uint ProjectStart(ReadOnlySpan<byte> ledger, object? location, out int length) =>
        Project(ledger, isWhole: false, location, out length);

    /// <summary>Writes the rows of a ledger that has already been read.</summary>
    /// <param name="ledger">The ledger, read for the same network.</param>
    /// <exception cref="LedgerFormatException">The ledger contradicts itself. Rows that were not taken are dropped.</exception>
    /// <exception cref="LedgerRejectedException">Its protocol is newer than any known one.</exception>
    public void Write(in LedgerView ledger)
    {
        bool isDone = false;
        try
        {
            WriteLedger(ledger);
            isDone = true;
        }
        finally
        {
            if (!isDone) Dispose();
        }
    }

    /// <summary>Takes the rows written since the last call: at most one page per table. The caller owns the pages.</summary>
    /// <param name="pages">Receives the pages.</param>
    /// <param name="location">Where the rows came from, for messages.</param>
    public void Take(ICollection<RowPage> pages, object? location = null)
    {
        ArgumentNullException.ThrowIfNull(pages);
        Take(transactionRows, pages, location);
        Take(transactionAccountRows, pages, location);
        Take(operationRows, pages, location);
        Take(operationAccountRows, pages, location);
        Take(stateChangeRows, pages, location);
    }

    /// <summary>Releases rows that were not taken. The projection can be used again.</summary>
    public void Dispose()
    {
        transactionRows.Dispose();
        transactionAccountRows.Dispose();
        operationRows.Dispose();
        operationAccountRows.Dispose();
        stateChangeRows.Dispose();
    }

    private static void Take(RowPageWriter writer, ICollection<RowPage> pages, object? location)
    {
        if (writer.Take(location) is { } page) pages.Add(page);
    }

    private uint Project(ReadOnlySpan<byte> bytes, bool isWhole, object? location, out int length)
    {
        try
        {
            LedgerView ledger = isWhole ? reader.Read(bytes) : reader.ReadStart(bytes);
            Write(ledger);
            length = ledger.Length;
            return ledger.Sequence;
        }
        catch (LedgerFormatException error)
        {
            Dispose();
            throw HistoryThrow.Rejected(error, location);
        }
    }

    // A flipped bit can turn a protocol version into a newer one: the header is believed only if it matches its hash.
    private static void RefuseNewerProtocol(in LedgerView ledger)
    {
        LedgerHeaderEntryView entry = ledger.HeaderEntry();
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(entry.Header.Encoded, hash);
        if (!entry.Hash.SequenceEqual(hash)) HistoryThrow.HeaderHash(ledger.Sequence, entry.Hash, hash);
        throw HistoryThrow.ProtocolAhead(ledger.Sequence, ledger.ProtocolVersion);
    }

    private void WriteLedger(in LedgerView ledger)
    {
        if (!AllowNewerProtocol && !StellarProtocols.IsKnown(ledger.ProtocolVersion)) RefuseNewerProtocol(ledger);
        if (ledger.Sequence > int.MaxValue) HistoryThrow.LedgerNumber(ledger.Sequence);
        if (ledger.CloseTimeSeconds > MaxCloseTime) HistoryThrow.CloseTime(ledger.Sequence, ledger.CloseTimeSeconds);
        if (ledger.TransactionCount > MaxTransactions)
            HistoryThrow.TooManyTransactions(ledger.Sequence, ledger.TransactionCount, MaxTransactions);
        long createdAt = ((long)ledger.CloseTimeSeconds - UnixToPostgresSeconds) * 1_000_000;
        links.BeginLedger();
        rows.BeginLedger((int)ledger.Sequence, createdAt);
        changes.Clear();

        long operations = 0;
        for (int index = 0; index < ledger.TransactionCount; index++)
        {
            TransactionView transaction = ledger.Transaction(index);
            WriteTransaction(ledger, transaction, createdAt);
            operations += transaction.OperationCount;
        }

        links.WriteRows(createdAt);
        if (operations != ledger.OperationCount) HistoryThrow.Counts(ledger.Sequence, "operations", ledger.OperationCount, operations);
        Counts.Ledgers++;
        Counts.Bytes += ledger.Length;
        Counts.Transactions += ledger.TransactionCount;
        Counts.Operations += operations;
        Counts.TransactionsAccounts = links.TransactionRows;
        Counts.OperationsAccounts = links.OperationRows;
        Counts.StateChanges = rows.Count;
    }

    private void WriteTransaction(in LedgerView ledger, in TransactionView transaction, long createdAt)
    {
        long id = ((long)ledger.Sequence << 32) | ((long)(transaction.Index + 1) << TransactionShift);
        transactionRows.BeginRow();
        transactionRows.WriteInt64(id);
        transactionRows.WriteBytes(transaction.Hash);
        transactionRows.WriteInt64(FeeDeriver.FeeCharged(ledger, transaction));
        transactionRows.WriteText(TransactionResultNames.Of(transaction.ResultCode));
        transactionRows.WriteInt32((int)ledger.Sequence);
        transactionRows.WriteBoolean(transaction.IsFeeBump);
        transactionRows.WriteTimestamp(createdAt);
        transactionRows.EndRow();
        if (transaction.MetaVersion == 0) Counts.Count(HistoryDecision.MetaVersion0);
        if (transaction.MetaVersion < 2 && ledger.ProtocolVersion < 10 && transaction.FeeChanges.Count > 0)
            Counts.Count(HistoryDecision.EarlyFeeChanges);

        links.BeginTransaction(id);
        participants.DeriveTransaction(ledger.Sequence, transaction);
        rows.BeginOperation(id, 0);
        fees.Derive(ledger, transaction);
        for (int index = 0; index < transaction.OperationCount; index++)
        {
            var operation = new OperationContext(ledger, transaction, index, id);
            WriteOperation(operation, createdAt);
            links.BeginOperation(operation.Id);
            participants.DeriveOperation(operation);
            rows.BeginOperation(id, operation.Id);
            transfers.Derive(operation);
            rows.BeginStream(StateChangeStream.Effects);
            effects.Derive(operation);
            rows.BeginStream(StateChangeStream.Deployments);
            deployments.Derive(operation);
            rows.BeginStream(StateChangeStream.AssetContracts);
            authorizations.Derive(operation);
        }
    }

    private void WriteOperation(in OperationContext operation, long createdAt)
    {
        operationRows.BeginRow();
        operationRows.WriteInt64(operation.Id);
        operationRows.WriteText(OperationNames.OfType(operation.Type));
        operationRows.WriteBytes(operation.Operation.Encoded);
        if (operation.Index < operation.Transaction.ResultCount)
        {
            OperationResultView result = operation.Transaction.Result(operation.Index);
            if (OperationNames.IsFrozenTrustline(result)) Counts.Count(HistoryDecision.TrustlineFrozen);
            operationRows.WriteText(OperationNames.OfResult(result));
            operationRows.WriteBoolean(result.IsSuccessful);
        }
        else
        {
            operationRows.WriteText(OperationNames.Unknown);
            operationRows.WriteBoolean(false);
        }

        operationRows.WriteInt32((int)operation.Ledger);
        operationRows.WriteTimestamp(createdAt);
        operationRows.EndRow();
    }
}
