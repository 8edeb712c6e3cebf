using System.Diagnostics;
using System.Diagnostics.Metrics;
using StellarPipeline.TestSupport;

namespace StellarPipeline.Dataflow.Tests;

/// <summary>What a graph tells those who listen: names, units, tags and values.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task RunAsync_Listener_SeesItemsTimesLinksAndMemoryOfItsRun()
    {
        using var graphs = new ObservedRun();
        var budget = new ByteBudget(1000);
        await budget.AcquireAsync(300, default);
        using StageGraph graph = Numbers(3, budget);

        await graph.RunAsync(default).WaitAsync(TimeSpan.FromMinutes(1));

        IReadOnlyDictionary<string, double> seen = graphs.Look();
        Assert.Equal(3, seen["pipeline.stage.items {item} sink"]);
        Assert.Equal(0, seen["pipeline.link.length {item} sink"]);
        Assert.Equal(5, seen["pipeline.link.limit {item} sink"]);
        Assert.Equal(300, seen["pipeline.memory.in_flight By "]);
        Assert.All(["busy", "waiting_input", "waiting_output"], state => Assert.Contains($"pipeline.stage.time s sink {state}", seen.Keys));
    }

    [Fact]
    public async Task RunAsync_TwoGraphsOfOneRun_AreAddedUpAndGoneOnceDisposed()
    {
        using var graphs = new ObservedRun();
        StageGraph first = Numbers(3), second = Numbers(4);
        await first.RunAsync(default).WaitAsync(TimeSpan.FromMinutes(1));
        await second.RunAsync(default).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(7, graphs.Look()["pipeline.stage.items {item} sink"]);

        first.Dispose();
        Assert.Equal(4, graphs.Look()["pipeline.stage.items {item} sink"]);

        second.Dispose();
        Assert.Empty(graphs.Look());
    }

    [Fact]
    public async Task RunAsync_AStageFails_TheGraphsActivityHasFailedToo()
    {
        using var telemetry = new TelemetryRecorder(DataflowTelemetry.Name);
        using var graph = new StageGraph();
        StageOutput<int> source = graph.AddSource<int>("source", (_, _) => throw new FormatException("damaged"));
        graph.Link(source, graph.AddSink<int>("sink", 1, (_, _, _) => ValueTask.CompletedTask));

        StageException error = await Assert.ThrowsAsync<StageException>(() => graph.RunAsync(default));

        Assert.IsType<FormatException>(error.InnerException);
        Assert.Equal("Stage 'source' failed with FormatException: damaged", error.Message);
        Activity activity = Assert.Single(telemetry.Activities);
        Assert.Equal(("pipeline.graph", ActivityStatusCode.Error, "FormatException"),
            (activity.OperationName, activity.Status, activity.GetTagItem("error.type")));
    }

    [Fact]
    public void Meter_Version_IsThatOfTheLibrary()
    {
        string? version = null;
        using var listener = new MeterListener
        {
            InstrumentPublished =
                (instrument, _) => version = instrument.Meter.Name == DataflowTelemetry.Name ? instrument.Meter.Version : version,
        };
        DataflowTelemetry.CountRetry("work", new TimeoutException());
        listener.Start();

        Assert.Matches(@"^\d+\.\d+\.\d+", version);
        Assert.DoesNotContain('+', version!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Pipeline")]
    [InlineData("a b")]
    public void Prefix_NoName_IsRefused(string prefix) => Assert.Throws<ArgumentException>(() => Telemetry.Prefix = prefix);

    [Fact]
    public void Prefix_InstrumentsExist_IsRefusedUnlessItIsTheSame()
    {
        Assert.Equal("pipeline", Telemetry.Prefix);

        Telemetry.Prefix = "pipeline";
        Assert.Throws<InvalidOperationException>(() => Telemetry.Prefix = "other");
    }

    [Fact]
    public async Task BeginRun_Nested_ComesBackToTheOuterRunAndFlowsIntoTasks()
    {
        using (Telemetry.BeginRun("outer"))
        {
            using (Telemetry.BeginRun("inner")) Assert.Equal("inner", await Task.Run(() => Telemetry.Run));
            Assert.Equal("outer", Telemetry.Run);
        }

        Assert.Null(Telemetry.Run);
    }

    private static StageGraph Numbers(int count, ByteBudget? budget = null)
    {
        var graph = new StageGraph(budget: budget);
        StageOutput<int> source = graph.AddSource<int>("source", async (output, _) =>
        {
            for (int i = 0; i < count; i++) await output.SendAsync(i);
        });
        graph.Link(source, graph.AddSink<int>("sink", 5, (_, _, _) => ValueTask.CompletedTask));
        return graph;
    }

    /// <summary>A run of its own whose observed instruments can be looked at.</summary>
    private sealed class ObservedRun : IDisposable
    {
        private readonly string run = Guid.NewGuid().ToString("N");
        private readonly IDisposable scope;
        private readonly MeterListener listener = new();
        private readonly Dictionary<string, double> seen = [];

        public ObservedRun()
        {
            scope = Telemetry.BeginRun(run);
            listener.InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == DataflowTelemetry.Name && instrument.IsObservable) self.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
            listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
            listener.Start();
        }

        public IReadOnlyDictionary<string, double> Look()
        {
            seen.Clear();
            listener.RecordObservableInstruments();
            return new Dictionary<string, double>(seen);
        }

        public void Dispose()
        {
            scope.Dispose();
            listener.Dispose();
        }

        private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            Dictionary<string, object?> all = tags.ToArray().ToDictionary();
            if (!Equals(all.GetValueOrDefault("pipeline.run"), run)) return;
            string state = all.TryGetValue("state", out object? text) ? $" {text}" : "";
            seen[$"{instrument.Name} {instrument.Unit} {all.GetValueOrDefault("pipeline.stage")}{state}"] = value;
        }
    }
}
