using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;
using StellarPipeline.Xdr.Ledgers;

namespace StellarPipeline.Archive.Ledgers.Rpc;

/// <summary>Ledgers of a stellar-rpc server, read with its method getLedgers.</summary>
/// <remarks>
/// Pages of ledgers are requested one after the other. At the tip of the network, the server is asked for its newest ledger until there is
/// a new one. If the server reports an older tip than before (as one of several behind a load balancer may), reading waits for it to catch
/// up. Format: stellar-rpc, getLedgers, getHealth, getNetwork; ledgers are base64 of LedgerCloseMeta.
/// </remarks>
public sealed class RpcLedgerSource : ILedgerSource, ITipSource
{
    /// <summary>Prefix of a location of this kind, before the http:// or https:// URL of the server.</summary>
    public const string Prefix = "rpc+";

    // Error code of servers for a first ledger that they do not have.
    private const int InvalidRequest = -32600;

    private readonly RpcClient client;
    private readonly RpcOptions options;
    private readonly ByteBudget budget;
    private readonly Backoff tipPause;
    private bool isNetworkKnown;

    // 0 if unknown; other threads read it.
    private long tip;

    /// <summary>Creates a source for a server.</summary>
    /// <param name="address">Its http or https URL.</param>
    /// <param name="options">Limits; null for the defaults.</param>
    /// <param name="logger">Receives every failed attempt; null for none.</param>
    public RpcLedgerSource(Uri address, RpcOptions? options = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        this.options = options ?? new RpcOptions();
        this.options.Validate();
        client = new RpcClient(address, this.options, logger);
        budget = new ByteBudget(this.options.BudgetBytes);
        tipPause = Backoff.Steady(this.options.TipPause);
    }

    /// <inheritdoc/>
    public string Location => client.Server;

    /// <inheritdoc/>
    public uint? Tip => Interlocked.Read(ref tip) is > 0 and var known ? (uint)known : null;

    /// <inheritdoc/>
    /// <remarks>An open range never ends by itself.</remarks>
    /// <exception cref="ArgumentException">The range has no first ledger.</exception>
    /// <exception cref="RpcException">There is no usable response.</exception>
    public async IAsyncEnumerable<LedgerBuffer> ReadAsync(
        LedgerRange range, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ulong next = range.First ?? throw new ArgumentException("A server needs the first ledger of the range.", nameof(range));
        uint last = range.Last ?? uint.MaxValue;
        await CheckNetworkAsync(cancellationToken).ConfigureAwait(false);
        int holes = 0;
        while (next <= last)
        {
            await WaitForAsync((uint)next, cancellationToken).ConfigureAwait(false);
            List<LedgerBuffer> page = await PageAsync((uint)next, last, cancellationToken).ConfigureAwait(false);
            int given = 0;
            try
            {
                while (given < page.Count)
                {
                    holes = 0;
                    next++;
                    yield return page[given++];
                }
            }
            finally
            {
                foreach (LedgerBuffer left in page.Skip(given)) left.Dispose();
            }

            // The server reported the ledger but did not return it: behind a load balancer, another server may have answered.
            if (holes++ < options.Attempts) continue;
            throw RpcThrow.Ended(client.Server, (uint)next, Tip ?? 0);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task CheckNetworkAsync(CancellationToken cancellationToken)
    {
        if (isNetworkKnown || options.NetworkPassphrase is not { } wanted) return;
        await client.RequireNetworkAsync(wanted, cancellationToken).ConfigureAwait(false);
        isNetworkKnown = true;
    }

    /// <summary>Waits until the server has a ledger.</summary>
    private async Task WaitForAsync(uint ledger, CancellationToken cancellationToken)
    {
        while (ledger > (Tip ?? 0))
        {
            (uint oldest, uint latest) = await client.AskAsync(
                "getHealth", null,
                static result => (result.GetProperty("oldestLedger").GetUInt32(), result.GetProperty("latestLedger").GetUInt32()),
                cancellationToken).ConfigureAwait(false);
            NoteTip(latest);
            if (ledger < oldest) throw RpcThrow.Retention(client.Server, ledger, oldest, latest);
            if (ledger > latest) await tipPause.WaitAsync(1, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<List<LedgerBuffer>> PageAsync(uint first, uint last, CancellationToken cancellationToken)
    {
        uint limit = Math.Min((uint)options.PageLedgers, last - first + 1);
        try
        {
            return await client.AskAsync("getLedgers", Parameters, result => Ledgers(result, first, limit), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (RpcException error) when (error.Code == InvalidRequest)
        {
            // The server says that it does not keep this ledger: it has moved on, or this one of several servers lags behind.
            Interlocked.Exchange(ref tip, 0);
            await WaitForAsync(first, cancellationToken).ConfigureAwait(false);
            await tipPause.WaitAsync(1, cancellationToken).ConfigureAwait(false);
            return [];
        }

        void Parameters(Utf8JsonWriter json)
        {
            json.WriteNumber("startLedger", first);
            json.WriteStartObject("pagination");
            json.WriteNumber("limit", limit);
            json.WriteEndObject();
            json.WriteString("xdrFormat", "base64");
        }
    }

    private List<LedgerBuffer> Ledgers(JsonElement result, uint first, uint limit)
    {
        var ledgers = new List<LedgerBuffer>();
        try
        {
            uint next = first;
            foreach (JsonElement ledger in result.GetProperty("ledgers").EnumerateArray())
            {
                uint sequence = ledger.GetProperty("sequence").GetUInt32();
                if (sequence != next)
                {
                    throw new FormatException(
                        string.Create(CultureInfo.InvariantCulture, $"it has ledger {sequence} where ledger {next} was expected."));
                }

                ledgers.Add(Buffer(ledger.GetProperty("metadataXdr").GetBytesFromBase64(), sequence));
                next++;
                if (next - first == limit) break;
            }

            if (result.TryGetProperty("latestLedger", out JsonElement latest)) NoteTip(latest.GetUInt32());
            return ledgers;
        }
        catch
        {
            foreach (LedgerBuffer ledger in ledgers) ledger.Dispose();
            throw;
        }
    }

    private LedgerBuffer Buffer(byte[] meta, uint sequence)
    {
        string place = string.Create(CultureInfo.InvariantCulture, $"ledger {sequence} of {client.Server}");
        uint found = NumberOf(meta);
        if (found != sequence)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"what it calls ledger {sequence} is ledger {found}."));
        byte[] array = ArrayPool<byte>.Shared.Rent(meta.Length);
        meta.CopyTo(array, 0);
        return new LedgerBuffer(new LedgerBlock(array, budget, 0), sequence, 0, meta.Length, place, 0);
    }

    private static uint NumberOf(byte[] meta)
    {
        try
        {
            return LedgerMeter.ReadSequence(meta);
        }
        catch (Exception error) when (error is XdrFormatException or LedgerFormatException)
        {
            throw new FormatException($"it does not contain a ledger: {error.Message}", error);
        }
    }

    private void NoteTip(uint latest) => Interlocked.Exchange(ref tip, latest);
}
