/** The rarer kinds of pictures, loaded when one is asked for. */
import { BoxplotChart, CustomChart, FunnelChart, GraphChart, HeatmapChart, PieChart, SankeyChart, TreeChart, TreemapChart } from "echarts/charts";
import { DataZoomComponent, DatasetComponent, MarkPointComponent, TitleComponent, VisualMapComponent } from "echarts/components";
import { use } from "echarts/core";

use([
  BoxplotChart, CustomChart, DataZoomComponent, DatasetComponent, FunnelChart, GraphChart, HeatmapChart, MarkPointComponent, PieChart,
  SankeyChart, TitleComponent, TreeChart, TreemapChart, VisualMapComponent,
]);
